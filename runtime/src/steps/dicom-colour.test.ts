import type { DecodeDicomColourStep, DeepHealthError, ImageInputSpec } from '@deephealth/sdk';
import { type DicomElements, type DicomImageOptions, dicomImage } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { imageToPrepared } from './image-steps.js';

const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

function prepare(image: DicomImageOptions, step: Partial<DecodeDicomColourStep>) {
  const channels = step.colour === 'gray' ? 1 : 3;
  const spec: ImageInputSpec = {
    name: 'tile',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['application/dicom'],
    maxPixels: 10_000,
    steps: [
      { op: 'decode_dicom_colour', colour: 'rgb', monochrome: 'refuse', ...step },
      { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: Array(channels).fill(0), std: Array(channels).fill(1) },
    ],
  };
  return imageToPrepared(spec, { kind: 'image', mediaType: 'application/dicom', data: dicomImage(image) });
}

const values = async (image: DicomImageOptions, step: Partial<DecodeDicomColourStep> = {}) => [
  ...(await prepare(image, step)).data,
];

async function refusal(image: DicomImageOptions, step: Partial<DecodeDicomColourStep> = {}): Promise<DeepHealthError> {
  return prepare(image, step).then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: DeepHealthError) => error,
  );
}

const two = { samples: 3, allocated: 8, rows: 1, columns: 2 };
const colour = { ...two, pixels: Uint8Array.of(255, 0, 0, 10, 20, 30) };

describe('decode_dicom_colour', () => {
  it('gives RGB, BGR or the luma of BT.601', async () => {
    expect(await values(colour)).toEqual([255, 0, 0, 10, 20, 30]);
    expect(await values(colour, { colour: 'bgr' })).toEqual([0, 0, 255, 30, 20, 10]);
    expect(await values(colour, { colour: 'gray' })).toEqual([76, 18]);
    expect(await values({ ...two, planar: 1, pixels: Uint8Array.of(255, 10, 0, 20, 0, 30) })).toEqual([
      255, 0, 0, 10, 20, 30,
    ]);
  });

  it('refuses an image without colour, or takes its 8 bits three times', async () => {
    const gray = { allocated: 8, rows: 1, columns: 2, pixels: Uint8Array.of(7, 250) };
    expect((await refusal(gray)).message).toContain('is MONOCHROME2, where the model takes colour');
    expect(await values(gray, { monochrome: 'replicate' })).toEqual([7, 7, 7, 250, 250, 250]);
    const inverted = { ...gray, photometric: 'MONOCHROME1' };
    expect(await values(inverted, { monochrome: 'replicate' })).toEqual([248, 248, 248, 5, 5, 5]);
  });

  it('refuses more or fewer bits, which it would have to scale', async () => {
    const wide = { rows: 1, columns: 2, pixels: words(1, 4095) };
    for (const image of [
      wide,
      { ...wide, stored: 12 },
      { ...wide, allocated: 8, stored: 7, pixels: Uint8Array.of(1, 2) },
      { ...wide, allocated: 8, signed: 1, pixels: Uint8Array.of(1, 2) },
    ]) {
      expect((await refusal(image, { monochrome: 'replicate' })).message).toContain('other than 8 bits');
    }
  });

  it('refuses uncompressed YBR, which no codec turns into RGB', async () => {
    expect((await refusal({ ...colour, photometric: 'YBR_FULL' })).message).toContain('convert it to RGB first');
  });
});

describe('PALETTE COLOR', () => {
  const palette = (
    descriptor: readonly number[],
    red: Uint8Array,
    green = red,
    blue = red,
    more: DicomElements = {},
  ): DicomElements => ({
    '00281101': ['US', descriptor],
    '00281102': ['US', descriptor],
    '00281103': ['US', descriptor],
    '00281201': ['OW', red],
    '00281202': ['OW', green],
    '00281203': ['OW', blue],
    ...more,
  });
  const image = (elements: DicomElements, ...pixels: number[]): DicomImageOptions => ({
    photometric: 'PALETTE COLOR',
    allocated: 8,
    rows: 1,
    columns: pixels.length,
    pixels: Uint8Array.from(pixels),
    elements,
  });

  it('is looked up, the ends for what lies beyond them', async () => {
    const bytes = palette(
      [4, 10, 8],
      Uint8Array.of(1, 2, 3, 4),
      Uint8Array.of(11, 12, 13, 14),
      Uint8Array.of(21, 22, 23, 24),
    );
    expect(await values(image(bytes, 0, 10, 12, 13, 14, 255))).toEqual(
      [1, 1, 3, 4, 4, 4].flatMap((x) => [x, x + 10, x + 20]),
    );
    expect(await values(image(bytes, 12, 10), { colour: 'bgr' })).toEqual([23, 13, 3, 21, 11, 1]);
  });

  it('may have entries of 16 bits, if 8 say it all', async () => {
    expect(await values(image(palette([2, 0, 16], words(0x1200, 0xff00)), 0, 1), { colour: 'gray' })).toEqual([
      18, 255,
    ]);
    expect(await values(image(palette([2, 0, 16], words(0x1212, 0xffff)), 0, 1), { colour: 'gray' })).toEqual([
      18, 255,
    ]);
    expect(await values(image(palette([2, 0, 8], words(0x12, 0xff)), 0, 1), { colour: 'gray' })).toEqual([18, 255]);
    expect((await refusal(image(palette([2, 0, 16], words(0x1234, 0)), 0, 1))).message).toContain('16 bits');
    expect((await refusal(image(palette([2, 0, 8], words(0x123, 0)), 0, 1))).message).toContain('larger than it says');
  });

  it('may begin below 0 in a signed image', async () => {
    const elements = palette([3, -1, 8], Uint8Array.of(5, 6, 7, 0));
    const signed = { ...image(elements, 255, 0, 1), signed: 1 };
    expect(await values(signed, { colour: 'gray' })).toEqual([5, 6, 7]);
  });

  it('is refused where a part is missing, of another length, or segmented', async () => {
    const bytes = Uint8Array.of(1, 2);
    const { '00281203': _blue, ...incomplete } = palette([2, 0, 8], bytes);
    const cases: [DicomElements, RegExp][] = [
      [incomplete, /lacks a part of its palette/],
      [palette([6, 0, 8], bytes), /another length/],
      [palette([0, 0, 16], bytes), /another length/],
      [palette([2, 0, 12], bytes), /another length/],
      [palette([2, 0], bytes), /lacks a part/],
      [palette([2, 0, 8], bytes, bytes, bytes, { '00281221': ['OW', bytes] }), /segmented/],
    ];
    for (const [elements, expected] of cases) {
      expect((await refusal(image(elements, 0, 1))).message).toMatch(expected);
    }
  });
});
