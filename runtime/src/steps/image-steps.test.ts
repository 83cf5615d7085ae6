import type { DeepHealthError, ImageInputSpec } from '@deephealth/sdk';
import { type PngOptions, pngChunk, pngFile } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageToPrepared } from './image-steps.js';

type Colour = 'gray' | 'rgb' | 'bgr';

type PngColour = PngOptions['colour'];

const png = (
  width: number,
  height: number,
  depth: number,
  colour: PngColour,
  bytes: number[],
  chunks: Buffer[] = [],
): Buffer => pngFile({ width, height, depth, colour, bytes, chunks });

const GRAY = 'gray';
const RGB = 'rgb';
const PALETTE = 'palette';
const GRAY_ALPHA = 'grayAlpha';
const RGB_ALPHA = 'rgbAlpha';

function specOf(colour: Colour, changes: Partial<ImageInputSpec> = {}): ImageInputSpec {
  const channels = colour === 'gray' ? 1 : 3;
  return {
    name: 'photo',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['image/png', 'image/jpeg'],
    maxPixels: 10_000,
    steps: [
      { op: 'decode_image', colour },
      { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: Array(channels).fill(0), std: Array(channels).fill(1) },
    ],
    ...changes,
  };
}

async function decoded(data: Uint8Array, colour: Colour, mediaType = 'image/png'): Promise<number[]> {
  return [...(await imageToPrepared(specOf(colour), { kind: 'image', mediaType, data })).data];
}

async function refusal(
  data: Uint8Array,
  mediaType = 'image/png',
  changes: Partial<ImageInputSpec> = {},
): Promise<DeepHealthError> {
  try {
    await imageToPrepared(specOf('rgb', changes), { kind: 'image', mediaType, data });
  } catch (error) {
    return error as DeepHealthError;
  }
  throw new Error('nothing was thrown');
}

const sixColours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90];

describe('decode_image', () => {
  it('gives the pixels of a PNG as they are, in RGB and in BGR', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    expect(await decoded(file, 'rgb')).toEqual(sixColours);
    expect(await decoded(file, 'bgr')).toEqual([0, 0, 255, 0, 255, 0, 255, 0, 0, 30, 20, 10, 60, 50, 40, 90, 80, 70]);
  });

  it('gives every grey level exactly, and replicates it for RGB', async () => {
    const levels = Array.from({ length: 256 }, (_, i) => i);
    const file = png(16, 16, 8, GRAY, levels);
    expect(await decoded(file, 'gray')).toEqual(levels);
    expect(await decoded(file, 'rgb')).toEqual(levels.flatMap((v) => [v, v, v]));
    expect(
      await decoded(
        png(
          16,
          16,
          8,
          RGB,
          levels.flatMap((v) => [v, v, v]),
        ),
        'gray',
      ),
    ).toEqual(levels);
  });

  it('weighs a colour image by ITU-R BT.601 for grey', async () => {
    expect(await decoded(png(3, 2, 8, RGB, sixColours), 'gray')).toEqual([76, 150, 29, 18, 48, 78]);
  });

  it('reads palettes and one-bit images', async () => {
    const palette = [pngChunk('PLTE', Uint8Array.of(1, 2, 3, 200, 100, 50))];
    expect(await decoded(png(3, 1, 8, PALETTE, [1, 0, 1], palette), 'rgb')).toEqual([
      200, 100, 50, 1, 2, 3, 200, 100, 50,
    ]);
    expect(await decoded(png(8, 1, 1, GRAY, [0b10110001]), 'gray')).toEqual([255, 0, 255, 255, 0, 0, 0, 255]);
  });

  it('applies neither gamma nor colour profiles', async () => {
    const gamma = Buffer.alloc(4);
    gamma.writeUInt32BE(100_000);
    expect(await decoded(png(3, 1, 8, GRAY, [10, 100, 200], [pngChunk('gAMA', gamma)]), 'gray')).toEqual([
      10, 100, 200,
    ]);
    const pixels = Buffer.from(sixColours);
    const profiled = await sharp(pixels, { raw: { width: 3, height: 2, channels: 3 } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const raw = await sharp(profiled, { ignoreIcc: true }).raw().toBuffer();
    const converted = await sharp(profiled).raw().toBuffer();
    expect(raw.equals(converted)).toBe(false);
    expect(await decoded(profiled, 'rgb')).toEqual([...raw]);
  });

  it('applies the EXIF orientation', async () => {
    const width = 16;
    const height = 8;
    const left = Buffer.from(Array.from({ length: width * height }, (_, i) => (i % width < 8 ? 0 : 255)));
    const file = await sharp(left, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const { shape, data } = await imageToPrepared(specOf('gray'), {
      kind: 'image',
      mediaType: 'image/jpeg',
      data: file,
    });
    // Turned by a quarter clockwise: what was left is now on top.
    expect(shape).toEqual([1, 16, 8, 1]);
    expect([...data.subarray(0, 64)].every((v) => v < 8)).toBe(true);
    expect([...data.subarray(64)].every((v) => v > 247)).toBe(true);
  });

  it('accepts an alpha channel that says nothing, and refuses one that does', async () => {
    expect(await decoded(png(2, 1, 8, RGB_ALPHA, [1, 2, 3, 255, 4, 5, 6, 255]), 'rgb')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await decoded(png(2, 1, 8, GRAY_ALPHA, [7, 255, 9, 255]), 'gray')).toEqual([7, 9]);
    for (const file of [png(2, 1, 8, RGB_ALPHA, [1, 2, 3, 255, 4, 5, 6, 254]), png(1, 1, 8, GRAY_ALPHA, [7, 0])]) {
      const error = await refusal(file);
      expect(error.code).toBe('DH_MEDIA_UNREADABLE');
      expect(error.message).toContain('transparent');
    }
  });

  it('refuses 16 bits per channel instead of dropping half of them', async () => {
    const error = await refusal(png(2, 1, 16, GRAY, [1, 2, 3, 4]));
    expect(error.code).toBe('DH_MEDIA_UNREADABLE');
    expect(error.message).toContain('8 bits');
  });

  it('refuses CMYK', async () => {
    const file = await sharp(png(3, 2, 8, RGB, sixColours))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await refusal(file, 'image/jpeg')).message).toContain('CMYK');
  });

  it('refuses by the header, before decoding, what has more pixels than the model allows', async () => {
    // The pixel data of this file are missing: only a look at the header can count 50,000 x 50,000.
    const bomb = await refusal(png(50_000, 50_000, 8, GRAY, new Array(50_000).fill(0)));
    expect(bomb.code).toBe('DH_MEDIA_UNREADABLE');
    expect(bomb.message).toContain('50000 x 50000');
    expect(await decoded(png(100, 100, 8, GRAY, new Array(10_000).fill(1)), 'gray')).toHaveLength(10_000);
    expect((await refusal(png(101, 100, 8, GRAY, new Array(10_100).fill(1)))).message).toContain('10000');
  });

  it('refuses a file of another format than its media type', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    const jpeg = await sharp(file).jpeg().toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
    const webp = await sharp(file).webp().toBuffer();
    for (const [data, type] of [
      [file, 'image/jpeg'],
      [jpeg, 'image/png'],
      [svg, 'image/png'],
      [webp, 'image/png'],
      [new Uint8Array(0), 'image/png'],
    ] as const) {
      expect((await refusal(data, type)).code).toBe('DH_MEDIA_UNREADABLE');
    }
  });

  it('refuses a media type that the model does not take', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    expect((await refusal(file, 'image/png', { mediaTypes: ['image/jpeg'] })).code).toBe('DH_MEDIA_TYPE_UNSUPPORTED');
  });

  it('refuses a PNG that is cut off anywhere, even behind its last pixel', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    for (let length = 8; length < file.length; length += 3) {
      expect((await refusal(file.subarray(0, length))).code).toBe('DH_MEDIA_UNREADABLE');
    }
    expect((await refusal(file.subarray(0, file.length - 1))).message).toContain('cut off');
  });

  it('refuses a JPEG that is cut off, baseline or progressive', async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255));
    for (const progressive of [false, true]) {
      const file = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
        .jpeg({ progressive })
        .toBuffer();
      expect(await decoded(file, 'rgb', 'image/jpeg')).toHaveLength(64 * 64 * 3);
      for (const part of [0.02, 0.3, 0.6, 0.95]) {
        const error = await refusal(file.subarray(0, Math.floor(file.length * part)), 'image/jpeg');
        expect(error.code).toBe('DH_MEDIA_UNREADABLE');
      }
    }
  });

  it('refuses damaged pixel data', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    file[file.length - 20] = (file[file.length - 20] as number) ^ 0xff;
    expect((await refusal(file)).code).toBe('DH_MEDIA_UNREADABLE');
  });

  it('refuses an animation instead of showing its first frame', async () => {
    const control = pngChunk('acTL', Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 0));
    expect((await refusal(png(3, 2, 8, RGB, sixColours, [control]))).message).toContain('animation');
  });

  it('reads the file at any offset of a larger buffer and does not write to it', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    const slab = Buffer.concat([Buffer.from('abc'), file, Buffer.from('neighbour')]);
    const before = Buffer.from(slab);
    expect(await decoded(slab.subarray(3, 3 + file.length), 'bgr')).toHaveLength(18);
    expect(slab.equals(before)).toBe(true);
  });

  it('tells neither paths nor what the decoder said', async () => {
    const file = png(3, 2, 8, RGB, sixColours);
    file[file.length - 20] = (file[file.length - 20] as number) ^ 0xff;
    const error = await refusal(file);
    expect(error.message).toBe('Input "photo", sent as image/png: the file is truncated or damaged.');
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe('the steps behind decode_image', () => {
  it('resize, then scale into planes', async () => {
    const spec: ImageInputSpec = {
      ...specOf('rgb'),
      steps: [
        { op: 'decode_image', colour: 'rgb' },
        { op: 'resize_image', width: 1, height: 2, interpolation: 'nearest' },
        { op: 'image_to_tensor', layout: 'CHW', scale: 0.5, mean: [1, 2, 3], std: [1, 2, 4] },
      ],
    };
    const prepared = await imageToPrepared(spec, {
      kind: 'image',
      mediaType: 'image/png',
      data: png(3, 2, 8, RGB, sixColours),
    });
    // The middle column: (0, 255, 0) over (40, 50, 60).
    expect(prepared).toEqual({
      dataType: 'FP32',
      shape: [1, 3, 2, 1],
      data: Float32Array.of(-1, 19, 62.75, 11.5, -0.75, 6.75),
      grid: expect.any(Function),
      geometry: {
        source: {
          grid: { width: 3, height: 2, depth: 1, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
          convention: 'IMAGE',
          frameOfReference: '',
        },
        // The one column lies where the middle one of three does.
        tensor: { width: 1, height: 2, depth: 1, affine: [3, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0] },
      },
    });
  });
});
