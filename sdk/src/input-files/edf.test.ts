import { describe, expect, it } from 'vitest';
import { FileRefusal } from '../errors/file-refusal.js';
import { type EdfOptions, edfFile as edf } from '../testing/edf-file.js';
import { parseEdf } from './edf.js';
import { annotationList } from './edf-annotations.js';
import { toSignal } from './recording-signal.js';

const int16 = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer);
const notes = (...parts: (Buffer | string)[]) => {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)));
  return Buffer.concat([bytes, Buffer.alloc(64 - bytes.length)]);
};
const annotations = { label: 'EDF Annotations', count: 32 };
const refusal = (bytes: Uint8Array): string => {
  try {
    parseEdf(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FileRefusal);
    return (error as Error).message;
  }
  throw new Error('the file was accepted');
};
const two = (more: Partial<EdfOptions> = {}) =>
  edf({
    channels: [
      { label: 'EEG Fp1', count: 2 },
      { label: 'Temp', unit: 'degC', pmin: '30', pmax: '40', dmin: '0', dmax: '100', count: 1 },
    ],
    records: [int16(1000, -1000, 50), int16(0, 500, 100)],
    ...more,
  });

describe('parseEdf', () => {
  it('gives physical values of each channel at its own rate, in UCUM units', () => {
    const { channels, annotations: found } = parseEdf(two());
    expect(channels.map(({ name, unit, samplingRateHz }) => [name, unit, samplingRateHz])).toEqual([
      ['EEG Fp1', 'uV', 1],
      ['Temp', 'Cel', 0.5],
    ]);
    expect(channels.map(({ samples }) => [...samples])).toEqual([
      [100, -100, 0, 50],
      [35, 40],
    ]);
    expect(found).toEqual([]);
  });

  it('keeps an inverted channel inverted, and takes a decimal comma', () => {
    const file = edf({
      channels: [{ label: 'a', pmin: '100', pmax: '-100', count: 1 }],
      records: [int16(1000)],
      recordS: '0,5',
    });
    expect(parseEdf(file).channels).toMatchObject([{ samplingRateHz: 2 }]);
    expect(parseEdf(file).channels[0]?.samples[0]).toBe(-100);
  });

  it('reads 24 bits of BDF, with their sign', () => {
    const file = edf({
      version: Buffer.from('\xffBIOSEMI', 'latin1'),
      channels: [{ label: 'A1', pmin: '-8388608', pmax: '8388607', dmin: '-8388608', dmax: '8388607', count: 3 }],
      records: [Buffer.from([0xff, 0xff, 0x7f, 0x00, 0x00, 0x80, 0xfe, 0xff, 0xff])],
    });
    expect([...(parseEdf(file).channels[0]?.samples ?? [])]).toEqual([8388607, -8388608, -2]);
  });

  it('reads annotations of EDF+ with durations, and counts their onsets from the first sample', () => {
    const file = edf({
      reserved: 'EDF+C',
      channels: [{ label: 'a', count: 1 }, annotations],
      records: [
        Buffer.concat([int16(1), notes('+0.5\x14\x14\0', '+1\x152.25\x14seizure\x14left\x14\0')]),
        Buffer.concat([int16(2), notes('+2.5\x14\x14\0', annotationList({ onsetS: 0.25, text: 'Müller\x14x' }))]),
      ],
    });
    expect(parseEdf(file).annotations).toEqual([
      { onsetS: 0.5, durationS: 2.25, text: 'seizure' },
      { onsetS: 0.5, durationS: 2.25, text: 'left' },
      { onsetS: -0.25, text: 'Müller x' },
    ]);
  });

  it('reads a discontinuous file only if its records follow each other', () => {
    const file = (second: string) =>
      edf({
        reserved: 'EDF+D',
        channels: [{ label: 'a', count: 1 }, annotations],
        records: [
          Buffer.concat([int16(1), notes('+0\x14\x14\0')]),
          Buffer.concat([int16(2), notes(`+${second}\x14\x14\0`)]),
        ],
      });
    expect([...(parseEdf(file('2')).channels[0]?.samples ?? [])]).toHaveLength(2);
    expect(refusal(file('7'))).toContain('a gap before record 2');
    expect(refusal(two({ reserved: 'EDF+D' }))).toContain('gaps');
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'neither EDF nor BDF'],
    ['another file', Buffer.from('RIFF....WAVE'), 'neither EDF nor BDF'],
    ['half a header', two().subarray(0, 300), 'cut off in its header'],
    ['half a record', two().subarray(0, -1), 'fewer records'],
    ['a file that is being recorded', two({ count: '-1' }), 'still being recorded'],
    ['records without end', two({ count: '99999999' }), 'fewer records'],
    ['a header of another length', two({ headerBytes: '512' }), 'another length'],
    ['a number that is none', two({ count: '2x' }), 'number of records'],
    ['a duration that is none', two({ recordS: '-1' }), 'negative'],
    ['no duration', two({ recordS: '0' }), 'no duration'],
    ['no scale', edf({ channels: [{ label: 'a', dmin: '5', dmax: '5', count: 1 }], records: [int16(1)] }), 'no scale'],
    [
      'no physical range',
      edf({ channels: [{ label: 'a', pmin: '5', pmax: '5', count: 1 }], records: [int16(1)] }),
      'no scale',
    ],
    [
      'a physical maximum of text',
      edf({ channels: [{ label: 'a', pmax: 'high', count: 1 }], records: [int16(1)] }),
      'physical maximum',
    ],
    [
      'a record without its time',
      edf({ reserved: 'EDF+C', channels: [annotations], records: [notes('hello\x14\x14\0')] }),
      'when it begins',
    ],
  ])('refuses %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toContain(reason);
  });
});

describe('toSignal', () => {
  it('chooses the channels of the rate that a model takes, and refuses to choose where none has it', () => {
    const recording = parseEdf(two());
    expect(toSignal(recording, 0.5)).toMatchObject({ channels: [{ name: 'Temp', unit: 'Cel' }], samplingRateHz: 0.5 });
    expect(() => toSignal(recording, 256)).toThrow('channels of 2 rates, and none of 256 Hz');
    expect(() => toSignal({ channels: [], annotations: [] }, 1)).toThrow('holds no signal');
  });
});
