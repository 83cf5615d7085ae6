import { enhancedFile, fuzzRounds, mutateBytes, seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { decodeSeries } from './decode-series.js';
import { dicomSliceFile } from './testing/dicom-slice-file.js';

// The full form: DEEPHEALTH_FUZZ=100000 npx vitest run runtime/src/volumes/fuzz.test.ts
const ROUNDS = fuzzRounds(300);
const LIMIT_BYTES = 256 * 1024 * 1024;

/** Reads broken files; each is read or refused, in bounded memory. Gives how many were refused. */
async function fuzz(seed: number, file: Buffer, filesOf: (broken: Buffer) => Buffer[]): Promise<number> {
  const random = seededRandom(seed);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    try {
      await decodeSeries(filesOf(mutateBytes(random, file)), { maxVoxels: 1000 });
    } catch (error) {
      const name = (error as Error).name;
      if (name !== 'DicomRefusal' && name !== 'SeriesFault') throw new Error(`round ${round}`, { cause: error });
      refused++;
    }
    if (round % 100 === 0) expect(process.memoryUsage().arrayBuffers).toBeLessThan(LIMIT_BYTES);
  }
  return refused;
}

describe(`${ROUNDS} DICOM series with a broken file`, () => {
  it('are read or refused', { timeout: ROUNDS * 10 + 60_000 }, async () => {
    const files = [0, 1, 2].map((k) => dicomSliceFile({ pixels: [1, 2, 3, 4, 5, 6], position: [0, 0, 3 * k] }));
    const series = (broken: Buffer) => [files[0] as Buffer, broken, files[2] as Buffer];
    expect(await fuzz(8, files[1] as Buffer, series)).toBeGreaterThan(ROUNDS / 10);
  });

  it('of many frames are read or refused', { timeout: ROUNDS * 10 + 60_000 }, async () => {
    const frames = [0, 1, 2].map((k) => ({
      pixels: [1, 2, 3, 4, 5, 6],
      position: [0, 0, 3 * k],
      slope: '2',
      intercept: '1',
    }));
    const file = enhancedFile(frames, { orientation: [1, 0, 0, 0, 1, 0], spacing: [1, 1] });
    expect(await fuzz(9, file, (broken) => [broken])).toBeGreaterThan(ROUNDS / 10);
  });
});
