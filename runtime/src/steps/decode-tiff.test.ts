import type { DecodeImageStep, DeepHealthError, ImageInputSpec } from '@deephealth/sdk';
import { pngFile, type TiffPage, tiffFile } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageToPrepared } from './image-steps.js';

type Step = Pick<DecodeImageStep, 'colour' | 'values'>;

function prepare(data: Uint8Array, step: Step, { frame = 0, mediaType = 'image/tiff', maxPixels = 100_000 } = {}) {
  const channels = step.colour === 'gray' ? 1 : 3;
  const spec: ImageInputSpec = {
    name: 'photo',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['image/tiff', 'image/png'],
    maxPixels,
    steps: [
      { op: 'decode_image', ...step },
      { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: Array(channels).fill(0), std: Array(channels).fill(1) },
    ],
  };
  return imageToPrepared(spec, { kind: 'image', mediaType, data, frame });
}

const values = async (data: Uint8Array, step: Step, more = {}) => [...(await prepare(data, step, more)).data];

async function refusal(data: Uint8Array, step: Step, more = {}): Promise<DeepHealthError> {
  return prepare(data, step, more).then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: DeepHealthError) => error,
  );
}

const page: TiffPage = { width: 3, height: 2, pixels: [0, 1, 2, 100, 254, 255] };
const wide: TiffPage = { width: 3, height: 2, bits: 16, pixels: [0, 1, 255, 256, 4095, 65_535] };
const gray: Step = { colour: 'gray' };
const gray16: Step = { colour: 'gray', values: 'uint16' };

describe('decode_image of a TIFF', () => {
  it('gives 8 bits as they are, in either byte order', async () => {
    expect(await values(tiffFile([page]), gray)).toEqual(page.pixels);
    expect(await values(tiffFile([page], 'MM'), gray)).toEqual(page.pixels);
    const colour: TiffPage = { width: 2, height: 1, samples: 3, pixels: [255, 0, 0, 10, 20, 30] };
    expect(await values(tiffFile([colour]), { colour: 'rgb' })).toEqual([255, 0, 0, 10, 20, 30]);
    expect(await values(tiffFile([colour]), { colour: 'bgr' })).toEqual([0, 0, 255, 30, 20, 10]);
    expect(await values(tiffFile([colour]), gray)).toEqual([76, 18]);
  });

  it('gives 16 bits as they are, where the manifest takes 16', async () => {
    expect(await values(tiffFile([wide]), gray16)).toEqual(wide.pixels);
    expect(await values(tiffFile([wide], 'MM'), gray16)).toEqual(wide.pixels);
    const colour: TiffPage = { width: 2, height: 1, bits: 16, samples: 3, pixels: [65_535, 0, 0, 1000, 2000, 3000] };
    expect(await values(tiffFile([colour]), { colour: 'bgr', values: 'uint16' })).toEqual([
      0, 0, 65_535, 3000, 2000, 1000,
    ]);
    // Luma of BT.601: 0.299, 0.587 and 0.114.
    expect(await values(tiffFile([colour]), gray16)).toEqual([19_595, 1815]);
  });

  it('turns white-is-zero around', async () => {
    expect(await values(tiffFile([{ ...page, photometric: 0 }]), gray)).toEqual(page.pixels.map((x) => 255 - x));
    expect(await values(tiffFile([{ ...wide, photometric: 0 }]), gray16)).toEqual(wide.pixels.map((x) => 65_535 - x));
  });

  it('gives fractions of either depth, each correctly rounded', async () => {
    const levels = Array.from({ length: 65_536 }, (_, i) => i);
    const fraction: Step = { colour: 'gray', values: 'fraction' };
    const deep = tiffFile([{ width: 256, height: 256, bits: 16, pixels: levels }]);
    expect(await values(deep, fraction)).toEqual(levels.map((x) => Math.fround(x / 65_535)));
    const shallow = tiffFile([{ width: 16, height: 16, pixels: levels.slice(0, 256) }]);
    expect(await values(shallow, fraction)).toEqual(levels.slice(0, 256).map((x) => Math.fround(x / 255)));
  });

  it('refuses a depth that the manifest does not take', async () => {
    expect((await refusal(tiffFile([wide]), gray)).message).toContain('more than 8 bits');
    expect((await refusal(tiffFile([page]), gray16)).message).toContain('has 8 bits per channel');
    const floats = { ...page, bits: 32, tags: { 339: [3] } } as const;
    expect((await refusal(tiffFile([floats]), gray)).message).toContain('not integers of 8 or 16 bits');
    const signed = { ...page, tags: { 339: [2] } };
    expect((await refusal(tiffFile([signed]), gray)).message).toContain('without sign');
    expect((await refusal(tiffFile([{ ...page, bits: 32 }]), gray)).message).toContain('not integers of 8 or 16');
  });

  it('takes the page that was asked for', async () => {
    const file = tiffFile([page, { ...page, pixels: [9, 8, 7, 6, 5, 4] }]);
    expect(await values(file, gray)).toEqual(page.pixels);
    expect(await values(file, gray, { frame: 1 })).toEqual([9, 8, 7, 6, 5, 4]);
    expect((await refusal(file, gray, { frame: 2 })).message).toContain('has 2 pages, not page 2');
  });

  it('accepts an alpha channel that says nothing, and refuses one that does', async () => {
    const alpha = (value: number, bits: 8 | 16): TiffPage => ({
      width: 1,
      height: 1,
      bits,
      samples: 2,
      pixels: [7, value],
    });
    expect(await values(tiffFile([alpha(255, 8)]), gray)).toEqual([7]);
    expect(await values(tiffFile([alpha(65_535, 16)]), gray16)).toEqual([7]);
    expect((await refusal(tiffFile([alpha(254, 8)]), gray)).message).toContain('transparent');
    expect((await refusal(tiffFile([alpha(65_534, 16)]), gray16)).message).toContain('transparent');
  });

  it('refuses CMYK, whatever its samples', async () => {
    const cmyk: TiffPage = { width: 1, height: 1, samples: 4, photometric: 5, pixels: [1, 2, 3, 4], tags: { 338: [] } };
    const { 338: _none, ...tags } = cmyk.tags ?? {};
    expect((await refusal(tiffFile([{ ...cmyk, tags }]), gray)).message).toMatch(/CMYK/);
  });

  it('reads what others compress: LZW, deflate and tiles', async () => {
    const noise = Uint16Array.from({ length: 64 * 48 }, (_, i) => Math.imul(i, 2654435761) >>> 16);
    for (const options of [
      { compression: 'lzw' },
      { compression: 'deflate', predictor: 'horizontal' },
      { compression: 'none', tile: true, tileWidth: 16, tileHeight: 16 },
    ] as const) {
      const file = await sharp(noise, { raw: { width: 64, height: 48, channels: 1 } })
        .toColourspace('grey16')
        .tiff(options)
        .toBuffer();
      expect(await values(file, gray16)).toEqual([...noise]);
    }
  });

  it('refuses a TIFF that is cut off anywhere', async () => {
    const file = tiffFile([page, wide]);
    for (let length = 4; length < file.length - 1; length++) {
      const outcome = await prepare(file.subarray(0, length), gray16, { frame: 1 }).catch((error: unknown) => error);
      expect((outcome as DeepHealthError).code, `${length} bytes`).toBe('DH_MEDIA_UNREADABLE');
    }
  });

  it('refuses absurd extents, pages and tiles before anything is allocated', async () => {
    const huge = tiffFile([{ ...page, tags: { 256: [65_535], 257: [65_535] } }]);
    expect((await refusal(huge, gray)).message).toContain('65535 x 65535 pixels');
    const loop = tiffFile([page, page]);
    // The second directory names the first as the next one.
    const first = loop.readUInt32LE(4);
    const second = loop.readUInt32LE(first + 2 + loop.readUInt16LE(first) * 12);
    loop.writeUInt32LE(first, second + 2 + loop.readUInt16LE(second) * 12);
    expect((await refusal(loop, gray)).message).toContain('point to each other');
    const tiles = tiffFile([{ ...page, tags: { 322: [65_520], 323: [65_520], 324: [8], 325: [6] } }]);
    expect((await refusal(tiles, gray)).message).toContain('tiles that are larger');
    const samples = tiffFile([{ ...page, tags: { 277: [500] } }]);
    expect((await refusal(samples, gray)).message).toContain('more than 4 samples');
  });
});

describe('decode_image of a PNG of 16 bits', () => {
  const bytes = [0, 0, 0, 1, 1, 0, 255, 255];
  const png = pngFile({ width: 2, height: 2, depth: 16, colour: 'gray', bytes });
  const more = { mediaType: 'image/png' };

  it('gives its values where the manifest takes 16 bits, as they are or as fractions', async () => {
    expect(await values(png, gray16, more)).toEqual([0, 1, 256, 65_535]);
    const fractions = [0, 1, 256, 65_535].map((x) => Math.fround(x / 65_535));
    expect(await values(png, { colour: 'gray', values: 'fraction' }, more)).toEqual(fractions);
    const rgb = pngFile({ width: 1, height: 1, depth: 16, colour: 'rgb', bytes: [1, 2, 3, 4, 5, 6] });
    expect(await values(rgb, { colour: 'bgr', values: 'uint16' }, more)).toEqual([0x506, 0x304, 0x102]);
    expect((await refusal(png, gray, more)).message).toContain('more than 8 bits');
  });

  it('refuses a frame other than the one that it has', async () => {
    expect((await refusal(png, gray16, { ...more, frame: 1 })).message).toContain('has one frame, not frame 1');
  });
});
