import { describe, expect, it } from 'vitest';
import { FileRefusal } from '../errors/file-refusal.js';
import { readWfdbSignals } from './wfdb.js';
import { parseWfdbHeader } from './wfdb-header.js';

const read = (header: string, file: Uint8Array) => readWfdbSignals(parseWfdbHeader(header), new Map([['r.dat', file]]));
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FileRefusal);
    return (error as Error).message;
  }
  throw new Error('the record was accepted');
};
// Samples 995, 1011, 995, 1011 of two signals: as MIT-BIH record 100 begins.
const packed = Buffer.from('e333f3e333f3', 'hex');
const header212 =
  '# comment\nr 2 360 2\nr.dat 212 200 11 1024 995 1990 0 MLII\nr.dat 212 100(1000)/uV 11 1024 1011 2022 0 V 5\n';

describe('a WFDB record', () => {
  it('of format 212 gives physical values by gain and baseline', () => {
    const { channels } = read(header212, packed);
    expect(channels.map(({ name, unit, samplingRateHz }) => [name, unit, samplingRateHz])).toEqual([
      ['MLII', 'mV', 360],
      ['V 5', 'uV', 360],
    ]);
    expect([...(channels[0]?.samples ?? [])]).toEqual([(995 - 1024) / 200, (995 - 1024) / 200].map(Math.fround));
    expect([...(channels[1]?.samples ?? [])]).toEqual([0.11, 0.11].map(Math.fround));
  });

  it.each([
    [16, Buffer.from(Int16Array.of(-5, 300, -32768).buffer), [-2.5, 150, Number.NaN]],
    [80, Buffer.from([123, 228, 0]), [-2.5, 50, Number.NaN]],
    // -5 is ffb, 100 is 064, -2048 is 800.
    [212, Buffer.from([0xfb, 0x0f, 0x64, 0x00, 0x08]), [-2.5, 50, Number.NaN]],
  ])('of format %i gives signed values, and NaN where there is no sample', (format, file, expected) => {
    const { channels } = read(`r 1 100 3\nr.dat ${format} 2`, file);
    expect([...(channels[0]?.samples ?? [])]).toEqual(expected);
  });

  it('begins behind the bytes that the header skips, and ends where the file does if it says nothing', () => {
    const { channels } = read('r 1 100\nr.dat 16+4 1', Buffer.from(Int16Array.of(9, 9, 1, 2, 3).buffer));
    expect([...(channels[0]?.samples ?? [])]).toEqual([1, 2, 3]);
  });

  it.each([
    ['a changed sample', () => read(header212.replace('1990', '1991'), packed), 'checksum of "MLII"'],
    ['another first sample', () => read(header212.replace('1024 995', '1024 996'), packed), 'first value of "MLII"'],
    ['a file that is cut off', () => read(header212, packed.subarray(0, 3)), 'more samples than it holds'],
    ['a file that is not there', () => readWfdbSignals(parseWfdbHeader(header212), new Map()), 'needs "r.dat"'],
    ['samples without end', () => read('r 1 100 999999999999\nr.dat 16 1', packed), 'more samples than it holds'],
    ['a file elsewhere', () => parseWfdbHeader('r 1 100 2\n../r.dat 16 1'), 'lies elsewhere'],
    ['a file at the root', () => parseWfdbHeader('r 1 100 2\n/etc/passwd 16 1'), 'lies elsewhere'],
    ['standard input', () => parseWfdbHeader('r 1 100 2\n- 16 1'), 'lies elsewhere'],
    ['several segments', () => parseWfdbHeader('r/3 1 100 2\na 1'), 'several segments'],
    ['another format', () => parseWfdbHeader('r 1 100 2\nr.dat 61 1'), 'format other than'],
    ['several samples a frame', () => parseWfdbHeader('r 1 100 2\nr.dat 16x2 1'), 'several samples a frame'],
    ['a skew', () => parseWfdbHeader('r 1 100 2\nr.dat 16:3 1'), 'skewed'],
    ['no calibration', () => parseWfdbHeader('r 1 100 2\nr.dat 16'), 'not calibrated'],
    ['a gain of 0', () => parseWfdbHeader('r 1 100 2\nr.dat 16 0'), 'not calibrated'],
    ['a rate of 0', () => parseWfdbHeader('r 1 0 2\nr.dat 16 1'), 'not above 0'],
    ['too few lines', () => parseWfdbHeader('r 2 100 2\nr.dat 16 1'), 'fewer lines'],
    ['too many signals', () => parseWfdbHeader('r 99999 100 2\nr.dat 16 1'), 'signals; 1 to'],
    ['nothing', () => parseWfdbHeader('\n# only a comment\n'), 'no WFDB header'],
  ])('is refused with %s', (_, run, reason) => {
    expect(refusal(run)).toContain(reason);
  });
});
