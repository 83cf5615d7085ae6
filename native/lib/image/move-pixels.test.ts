import { describe, expect, it } from 'vitest';
import { cropImage, flipImage, padImage, transposeImage } from './index.js';

const size = { width: 3, height: 2, channels: 2 };
const pixels = Uint8Array.of(11, 12, 21, 22, 31, 32, 41, 42, 51, 52, 61, 62);

describe('flipImage', () => {
  it('swaps left and right, or top and bottom, of whole pixels', () => {
    const output = new Uint8Array(12);
    flipImage(pixels, size, 'horizontal', output);
    expect([...output]).toEqual([31, 32, 21, 22, 11, 12, 61, 62, 51, 52, 41, 42]);
    flipImage(pixels, size, 'vertical', output);
    expect([...output]).toEqual([41, 42, 51, 52, 61, 62, 11, 12, 21, 22, 31, 32]);
  });

  it('refuses an output of another length or type', () => {
    expect(() => flipImage(pixels, size, 'vertical', new Uint8Array(11))).toThrow(/output needs 12/);
    expect(() => flipImage<Uint8Array | Int16Array>(pixels, size, 'vertical', new Int16Array(12))).toThrow(TypeError);
  });
});

describe('transposeImage', () => {
  it('exchanges rows and columns', () => {
    const output = new Uint8Array(12);
    transposeImage(pixels, size, output);
    expect([...output]).toEqual([11, 12, 41, 42, 21, 22, 51, 52, 31, 32, 61, 62]);
  });
});

describe('cropImage', () => {
  it('takes the pixels within', () => {
    const output = new Uint8Array(4);
    cropImage(pixels, size, { left: 1, top: 0, width: 1, height: 2 }, output);
    expect([...output]).toEqual([21, 22, 51, 52]);
  });

  it('refuses a region that reaches beyond', () => {
    expect(() => cropImage(pixels, size, { left: 2, top: 0, width: 2, height: 1 }, new Uint8Array(4))).toThrow(
      /beyond the image of 3 x 2/,
    );
    expect(() => cropImage(pixels, size, { left: -1, top: 0, width: 2, height: 1 }, new Uint8Array(4))).toThrow(/left/);
  });
});

describe('padImage', () => {
  const line = Uint8Array.of(1, 2, 3);
  const pad = (mode: 'constant' | 'edge' | 'reflect', left: number, right: number, top = 0, bottom = 0) => {
    const output = new Uint8Array((left + 3 + right) * (top + 1 + bottom)).fill(99);
    padImage(line, { width: 3, height: 1, channels: 1 }, { left, right, top, bottom, mode, value: 7 }, output);
    return output;
  };

  it('continues rows as numpy.pad does', () => {
    expect([...pad('constant', 2, 1)]).toEqual([7, 7, 1, 2, 3, 7]);
    expect([...pad('edge', 2, 1)]).toEqual([1, 1, 1, 2, 3, 3]);
    expect([...pad('reflect', 2, 1)]).toEqual([3, 2, 1, 2, 3, 2]);
    // Wider than the image: back and forth.
    expect([...pad('reflect', 5, 6)]).toEqual([2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1]);
  });

  it('continues columns, and the corners with them', () => {
    expect([...pad('edge', 1, 0, 1, 2)]).toEqual([1, 1, 2, 3, 1, 1, 2, 3, 1, 1, 2, 3, 1, 1, 2, 3]);
    expect([...pad('constant', 1, 0, 1, 0)]).toEqual([7, 7, 7, 7, 7, 1, 2, 3]);
    const output = new Uint8Array(2 * 2 * 4 * 2);
    padImage(
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      { width: 2, height: 2, channels: 2 },
      { left: 0, top: 1, right: 0, bottom: 1, mode: 'reflect' },
      output.subarray(0, 16),
    );
    expect([...output.subarray(0, 16)]).toEqual([5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4]);
  });

  it('cannot continue nothing', () => {
    const border = { left: 1, top: 0, right: 0, bottom: 0, mode: 'edge' } as const;
    expect(() => padImage(new Uint8Array(0), { width: 0, height: 1, channels: 1 }, border, new Uint8Array(1))).toThrow(
      /with pixels/,
    );
  });
});
