import { DeepHealthError, type ImageDecodeStep, type ImageInputSpec } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { imageToPrepared } from './image-steps.js';
import { type SampleImage, sampleImages } from './testing/sample-images.js';

/** Of each format. */
const USUAL = 50;
const MAX_PIXELS = 4096;

const dicomGray: ImageDecodeStep = {
  op: 'decode_dicom',
  channels: 3,
  rescale: 'file',
  padding: { value: 0 },
  window: 'none',
  monochrome1: 'keep',
};
const dicomColour: ImageDecodeStep = { op: 'decode_dicom_colour', colour: 'rgb', monochrome: 'replicate' };

function specOf(name: string): ImageInputSpec {
  const decode = /palette|rgb|dicom jpeg$/.test(name) ? dicomColour : dicomGray;
  return {
    name: 'image',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['image/png', 'image/jpeg', 'image/tiff', 'image/bmp', 'application/dicom'],
    maxPixels: MAX_PIXELS,
    steps: [
      { op: 'decode_image', colour: 'rgb', values: 'fraction' },
      decode,
      { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
    ],
  };
}

const samples = await sampleImages();

/** Throws for a result that is not of the right size. */
async function read(name: string, { mediaType }: SampleImage, data: Buffer, frame: number): Promise<void> {
  const input = { kind: 'image', mediaType, data, frame } as const;
  const { shape, data: values } = await imageToPrepared(specOf(name), input);
  const [batch, height, width, channels] = shape as [number, number, number, number];
  expect([batch, channels]).toEqual([1, 3]);
  expect(values.length).toBe(height * width * channels);
  expect(height * width).toBeLessThanOrEqual(MAX_PIXELS);
}

const isUnreadable = (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code === 'DH_MEDIA_UNREADABLE';

describe('a broken file', () => {
  it.each(Object.entries(samples).map(([name, sample], place) => ({ name, sample, seed: 500 + place })))(
    'of $name gives a typed error or an image of its own size',
    async ({ name, sample, seed }) => {
      const { refused } = await fuzzParser({
        ...{ parser: `image: ${name}`, seed, usual: USUAL, isRefusal: isUnreadable },
        corpus: [sample.file],
        ...(sample.wrap && { wrap: sample.wrap }),
        // A stream that its codec does not finish is given up after five seconds.
        ...(name === 'dicom htj2k' ? { limitMs: 8_000 } : {}),
        read: (bytes, random) => read(name, sample, bytes, random() < 0.9 ? 0 : 1),
      });
      expect(refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(USUAL),
  );
});
