import { describe, expect, it } from 'vitest';
import { clahe } from './clahe.js';

const pattern = (width: number, height: number) =>
  Uint8Array.from({ length: width * height }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return Math.floor(((59 * y + 37 * x) % 256) / 3) + 60;
  });

/** Few levels, many pixels of each, so that a limit cuts. */
const steps = Uint8Array.from({ length: 12 * 8 }, (_, i) => {
  const [y, x] = [Math.floor(i / 12), i % 12];
  return 60 + 20 * ((Math.floor(x / 2) + Math.floor(y / 2)) % 4) + ((x * y) % 3);
});

/** What `cv2.createCLAHE(clip, (tilesX, tilesY)).apply` of OpenCV 5.0.0 gives for the pattern, or for `steps`. */
const OPENCV = [
  {
    what: 'tiles that fill the image',
    size: [6, 4],
    options: { clipLimit: 2, tilesX: 2, tilesY: 2 },
    expected: [
      ...[42, 85, 142, 127, 113, 170, 128, 212, 220, 192, 219, 255, 127, 170, 209, 234, 21, 64, 128, 212, 255, 42],
      ...[142, 212],
    ],
  },
  {
    what: 'tiles that reach beyond the edges',
    size: [7, 5],
    options: { clipLimit: 3, tilesX: 2, tilesY: 2 },
    expected: [
      ...[21, 42, 85, 128, 160, 180, 212, 64, 106, 170, 196, 212, 239, 64, 146, 180, 220, 236, 32, 71, 121, 180, 212],
      ...[244, 53, 80, 117, 138, 219, 57, 95, 114, 130, 160, 205],
    ],
  },
  {
    what: 'no limit',
    size: [8, 4],
    options: { clipLimit: 0, tilesX: 2, tilesY: 2 },
    expected: [
      ...[32, 64, 128, 167, 176, 183, 223, 32, 96, 159, 223, 223, 223, 255, 64, 96, 128, 160, 207, 239, 24, 60, 112],
      ...[144, 128, 191, 255, 32, 64, 127, 223, 255],
    ],
  },
  {
    what: 'a limit that cuts some levels',
    size: [12, 8],
    options: { clipLimit: 40, tilesX: 2, tilesY: 2 },
    pixels: steps,
    expected: [
      ...[53, 53, 96, 96, 151, 152, 218, 219, 53, 53, 106, 106, 53, 64, 117, 96, 170, 191, 218, 230, 72, 53, 128, 138],
      ...[
        96, 117, 170, 149, 234, 227, 53, 71, 123, 106, 191, 170, 101, 101, 152, 152, 212, 213, 49, 49, 99, 98, 151, 151,
      ],
      ...[
        154, 170, 239, 212, 61, 74, 98, 108, 177, 144, 223, 239, 156, 184, 231, 212, 83, 58, 97, 115, 157, 136, 242,
        218,
      ],
      ...[
        212, 212, 42, 42, 110, 103, 144, 138, 194, 191, 32, 32, 212, 234, 96, 42, 121, 124, 144, 156, 244, 191, 42, 53,
      ],
    ],
  },
] as const;

describe('clahe', () => {
  it.each(OPENCV)('gives the levels of OpenCV: $what', ({ size: [width, height], options, expected, ...more }) => {
    const pixels = 'pixels' in more ? more.pixels : pattern(width, height);
    const output = new Uint8Array(pixels.length);
    clahe(pixels, { width, height, channels: 1 }, options, output);
    expect([...output]).toEqual([...expected]);
  });

  it('leaves the pixels that it reads, and mirrors an image that is smaller than its border', () => {
    const pixels = Uint8Array.from([10, 200, 30]);
    const output = new Uint8Array(3);
    clahe(pixels, { width: 3, height: 1, channels: 1 }, { clipLimit: 2, tilesX: 2, tilesY: 1 }, output);
    expect([...pixels]).toEqual([10, 200, 30]);
    expect(output.some((level) => level > 0)).toBe(true);
  });

  it('refuses colours, sizes that do not fit, and more tiles than pixels', () => {
    const options = { clipLimit: 2, tilesX: 2, tilesY: 2 };
    const run = (size: { width: number; height: number; channels: number }, more = {}) =>
      clahe(new Uint8Array(12), size, { ...options, ...more }, new Uint8Array(12));
    expect(() => run({ width: 2, height: 2, channels: 3 })).toThrow(RangeError);
    expect(() => run({ width: 5, height: 2, channels: 1 })).toThrow(RangeError);
    for (const tilesX of [0, 5, 1.5])
      expect(() => run({ width: 4, height: 3, channels: 1 }, { tilesX })).toThrow(RangeError);
  });
});
