import { enhancedFile, type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { decodeSeries } from './decode-series.js';
import { dicomSliceFile } from './testing/dicom-slice-file.js';

const USUAL = 120;
const LIMITS = { maxVoxels: 1000 };

const pixels = [1, 2, 3, 4, 5, 6];
const slices = [0, 1, 2].map((k) => dicomSliceFile({ pixels, position: [0, 0, 3 * k] })) as [Buffer, Buffer, Buffer];
const enhanced = enhancedFile(
  [0, 1, 2].map((k) => ({ pixels, position: [0, 0, 3 * k], slope: '2', intercept: '1' })),
  { orientation: [1, 0, 0, 0, 1, 0], spacing: [1, 1] },
);

const KINDS: readonly Pick<FuzzOptions, 'parser' | 'corpus' | 'read'>[] = [
  {
    parser: 'DICOM series with one broken file',
    corpus: [slices[1]],
    read: (broken) => decodeSeries([slices[0], broken, slices[2]], LIMITS),
  },
  { parser: 'DICOM of many frames', corpus: [enhanced], read: (broken) => decodeSeries([broken], LIMITS) },
];

describe('broken DICOM volumes', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 600 + place })))(
    'are read or refused: $parser',
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(inputs / 10);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});

function isRefusal(thrown: unknown): boolean {
  return ['DicomRefusal', 'SeriesFault'].includes((thrown as Error).name);
}
