// What ECVL 1.0.3 (with OpenCV 4.6.0) makes of a small image: a published golden, recomputed with ECVL.
import { describe, expect, it } from 'vitest';
import { resizeImageTwin } from '../twins.js';
import { cropImage, type Interpolation, resizeImage } from './index.js';

const size = { width: 5, height: 4, channels: 3 };
const target = { width: 3, height: 2 };

const pixels = Uint8Array.from({ length: 60 }, (_, i) => {
  const [c, x, y] = [i % 3, Math.floor(i / 3) % 5, Math.floor(i / 15)];
  return (37 * x + 59 * y + 83 * c) % 256;
});

/** The planes of channels 0, 1 and 2, row by row, as pixels. */
function interleaved(...planes: readonly (readonly number[])[]): number[] {
  return Array.from({ length: 18 }, (_, i) => planes[i % 3]?.[Math.floor(i / 3)] as number);
}

const LINEAR = interleaved([42, 104, 165, 160, 222, 70], [125, 187, 163, 115, 49, 110], [165, 142, 75, 70, 132, 193]);
const NEAREST = interleaved([0, 37, 111, 118, 155, 229], [83, 120, 194, 201, 238, 56], [166, 203, 21, 28, 65, 139]);
const CENTER_CROP = interleaved([96, 133, 170, 155, 192, 229], [179, 216, 253, 238, 19, 56], [6, 43, 80, 65, 102, 139]);

describe.each([
  ['the kernel', resizeImage],
  ['the twin', resizeImageTwin],
])('%s, against ECVL', (_, resize) => {
  const resized = (interpolation: Interpolation) => {
    const output = new Uint8Array(18);
    resize(pixels, size, target, interpolation, output);
    return output;
  };

  it('resizes linearly within one level', () => {
    const output = resized('linear');
    LINEAR.forEach((value, i) => {
      expect(Math.abs((output[i] as number) - value)).toBeLessThanOrEqual(1);
    });
  });

  it('resizes to the nearest sample by its rule, which is not that of centres', () => {
    expect([...resized('nearest-floor')]).toEqual(NEAREST);
    expect([...resized('nearest')]).not.toEqual(NEAREST);
  });

  it.each([
    // Values of OpenCV 4.12: the 49th of 98 samples of two, and the 49th of 147 of three, are those before.
    [2, 98, 49, 0],
    [2, 98, 50, 1],
    [3, 147, 49, 0],
    [3, 147, 98, 1],
    [5, 4, 2, 2],
  ])('takes of %d samples, made %d, for number %d the one that OpenCV takes', (from, to, at, expected) => {
    const line = Uint8Array.from({ length: from }, (_, i) => i);
    const output = new Uint8Array(to);
    resize(line, { width: from, height: 1, channels: 1 }, { width: to, height: 1 }, 'nearest-floor', output);
    expect(output[at]).toBe(expected);
  });
});

describe('cropImage, against ECVL', () => {
  it('crops the centre, whose offset is half of what is left, rounded down', () => {
    const output = new Uint8Array(18);
    cropImage(pixels, size, { left: 1, top: 1, ...target }, output);
    expect([...output]).toEqual(CENTER_CROP);
  });
});
