import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FileRefusal } from '../errors/file-refusal.js';
import { dicomWaveform, type WaveformGroup } from '../testing/dicom-waveform.js';
import { readDicomWaveform } from './dicom-waveform.js';

const mv = { sensitivity: '2.5', unit: 'uV', correction: '2', baseline: '-10' };
const group: WaveformGroup = {
  channels: [
    { label: 'II', source: 'Lead II', ...mv },
    { source: 'Lead V1', sensitivity: '1', unit: 'mV' },
  ],
  samples: [
    [0, 7],
    [-2, 8],
    [300, -9],
  ],
};
const only = (change: Partial<WaveformGroup>) => dicomWaveform([{ ...group, ...change }]);
const samplesOf = async (file: Buffer) => (await readDicomWaveform(file)).channels.map(({ samples }) => [...samples]);

describe('readDicomWaveform', () => {
  it('scales interleaved samples by sensitivity, correction and baseline, in their unit', async () => {
    const { channels } = await readDicomWaveform(dicomWaveform([group]));
    expect(channels.map(({ name, unit, samplingRateHz }) => [name, unit, samplingRateHz])).toEqual([
      ['II', 'uV', 500],
      ['Lead V1', 'mV', 500],
    ]);
    expect(channels.map(({ samples }) => [...samples])).toEqual([
      [-10, -20, 1490],
      [7, 8, -9],
    ]);
  });

  it.each([
    ['SB', [-128, 127]],
    ['UB', [0, 255]],
    ['SS', [-32768, 32767]],
    ['US', [0, 65535]],
    ['SL', [-(2 ** 31), 65536]],
    ['UL', [0, 2 ** 31]],
  ])('reads samples of %s', async (interpretation, values) => {
    const channels = [{ label: 'I' }];
    expect(await samplesOf(only({ interpretation, channels, samples: values.map((value) => [value]) }))).toEqual([
      values,
    ]);
  });

  it('has no unit where the file states no sensitivity, and NaN where it says that there is no sample', async () => {
    const file = only({ channels: [{ label: 'I' }], samples: [[1], [-5], [3]], padding: -5 });
    const [channel] = (await readDicomWaveform(file)).channels;
    expect(channel).toMatchObject({ name: 'I', unit: '1' });
    expect([...(channel?.samples ?? [])]).toEqual([1, Number.NaN, 3]);
  });

  it('leaves out what was derived, and joins groups of the same time', async () => {
    const one = { ...group, channels: [{ label: 'I' }], samples: [[1], [2]] };
    const two = { ...one, channels: [{ label: 'II' }], rateHz: '250', samples: [[3]] };
    const file = dicomWaveform([one, { ...one, originality: 'DERIVED' }, two]);
    expect((await readDicomWaveform(file)).channels.map(({ name, samplingRateHz }) => [name, samplingRateHz])).toEqual([
      ['I', 500],
      ['II', 250],
    ]);
  });

  const one = { ...group, channels: [{ label: 'I' }], samples: [[1], [2], [3], [4]] };
  it.each<[string, Buffer, string]>([
    ['no waveform', dicomWaveform([]), 'holds no original waveform'],
    ['derived waveforms alone', only({ originality: 'DERIVED' }), 'holds no original waveform'],
    [
      'another number of definitions',
      only({ channels: [...group.channels, { label: 'V2' }], samples: [] }),
      'channels and samples',
    ],
    ['mu-law', only({ interpretation: 'MB', samples: [[1, 2]] }), 'mu-law'],
    ['no rate', only({ rateHz: '0' }), 'Sampling Frequency above 0'],
    ['a rate that is no number', only({ rateHz: '5x' }), 'no decimal number'],
    ['a channel without a name', only({ channels: [{}, {}] }), 'without a label'],
    [
      'a sensitivity without units',
      only({ channels: [{ label: 'I', sensitivity: '1' }, { label: 'II' }] }),
      'without its units',
    ],
    [
      'channels shifted in time',
      only({ channels: [{ label: 'I', skew: '0.5' }, { label: 'II' }] }),
      'Channel Sample Skew',
    ],
    ['groups one after the other', dicomWaveform([one, { ...one, offsetMs: '2500' }]), 'the same time'],
    ['groups of other lengths', dicomWaveform([one, { ...one, samples: [[1]] }]), 'the same time'],
    ['a file of big endian', dicomWaveform([group], '1.2.840.10008.1.2.2'), 'transfer syntax'],
    ['a file that is cut off', dicomWaveform([group]).subarray(0, -4), 'cut off'],
    ['another file', Buffer.from('no DICOM at all'), 'is no DICOM file'],
  ])('refuses %s', async (_, file, reason) => {
    const thrown = await readDicomWaveform(file).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(FileRefusal);
    expect((thrown as Error).message).toContain(reason);
  });

  const real = fileURLToPath(new URL('../../../../shared/data/dicom/waveform_ecg.dcm', import.meta.url));
  it.skipIf(!existsSync(real))('reads twelve leads of a real ECG (needs ../shared/data)', async () => {
    const { channels } = await readDicomWaveform(readFileSync(real));
    expect(channels.map(({ name }) => name).slice(0, 2)).toEqual(['Lead I (Einthoven)', 'Lead II']);
    expect(
      channels.every(
        ({ unit, samplingRateHz, samples }) => unit === 'uV' && samplingRateHz === 1000 && samples.length === 10_000,
      ),
    ).toBe(true);
  });
});
