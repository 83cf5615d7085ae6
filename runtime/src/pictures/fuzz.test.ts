import { DeepHealthError } from '@deephealth/sdk';
import { enhancedFile, type FuzzOptions, fuzzParser, fuzzTimeoutMs, niftiFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { readDicomSource } from '../dicom-source/read-dicom-source.js';
import { sampleImages } from '../steps/testing/sample-images.js';
import { countFrames } from './count-frames.js';
import { readPicture } from './read-picture.js';
import { readVolumePicture } from './read-volume-picture.js';

const USUAL = 60;
const MOST = 4096;

const images = Object.values(await sampleImages()).map(({ file, wrap }) => wrap?.(file) ?? file);
const pixels = [1, 2, 3, 4, 5, 6];
const enhanced = enhancedFile(
  [0, 1].map((k) => ({ pixels, position: [0, 0, 3 * k] })),
  { orientation: [1, 0, 0, 0, 1, 0], spacing: [1, 1] },
);

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'picture of an image of any format',
    corpus: images,
    read: async (bytes, random) => {
      const picture = await readPicture(bytes, random() < 0.9 ? 0 : 1, MOST);
      if (picture === undefined) return;
      const { width, height, channels, data } = picture;
      if (data.length !== width * height * channels) throw new Error('a picture of another size than its data');
    },
  },
  { parser: 'number of frames', corpus: images, read: countFrames },
  {
    parser: 'picture of a volume',
    corpus: [niftiFile(), enhanced],
    read: (bytes) => readVolumePicture([bytes], MOST),
  },
  {
    parser: 'what a DICOM object says of its source',
    corpus: [enhanced],
    async read(bytes, random) {
      const tags = ['00100010', '00100020', '00081030'];
      await readDicomSource([bytes], { frame: random() < 0.9 ? 0 : 1 }, tags);
      await readDicomSource([bytes], { maxVoxels: MOST }, tags);
    },
  },
];

describe('a broken file that is shown or referred to', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 1300 + place })))(
    'is read or refused: $parser',
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && ['DH_MEDIA_UNREADABLE', 'DH_SERIES_INVALID'].includes(thrown.code);
}
