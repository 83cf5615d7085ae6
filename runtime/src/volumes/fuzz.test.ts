import { fuzzRounds, mutateBytes, seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { decodeSeries } from './decode-series.js';
import { dicomSliceFile } from './testing/dicom-slice-file.js';

// The full form: DEEPHEALTH_FUZZ=100000 npx vitest run runtime/src/volumes/fuzz.test.ts
const ROUNDS = fuzzRounds(300);
const LIMIT_BYTES = 256 * 1024 * 1024;

describe(`${ROUNDS} DICOM series with a broken file`, () => {
  it('are read or refused', { timeout: ROUNDS * 10 + 60_000 }, async () => {
    const random = seededRandom(8);
    const files = [0, 1, 2].map((k) => dicomSliceFile({ pixels: [1, 2, 3, 4, 5, 6], position: [0, 0, 3 * k] }));
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const broken = mutateBytes(random, files[1] as Buffer);
      try {
        await decodeSeries([files[0] as Buffer, broken, files[2] as Buffer], { maxVoxels: 1000 });
      } catch (error) {
        const name = (error as Error).name;
        if (name !== 'DicomRefusal' && name !== 'SeriesFault') throw new Error(`round ${round}`, { cause: error });
        refused++;
      }
      if (round % 100 === 0) expect(process.memoryUsage().arrayBuffers).toBeLessThan(LIMIT_BYTES);
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
  });
});
