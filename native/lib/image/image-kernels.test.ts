import { describe, expect, it } from 'vitest';
import { imageToTensor, resizeImage, rgbToGray } from './index.js';

type Size = { width: number; height: number; channels: number };

function pixels({ width, height, channels }: Size, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

function resize(input: Uint8Array, from: Size, width: number, height: number, how: 'nearest' | 'linear'): number[] {
  const output = new Uint8Array(width * height * from.channels);
  resizeImage(input, from, { width, height }, how, output);
  return [...output];
}

/** The definition in FP64, with no cleverness; exact ties are left to the caller. */
function naiveLinear(input: Uint8Array, from: Size, width: number, height: number): number[] {
  const at = (x: number, y: number, c: number) => {
    const cx = Math.min(Math.max(x, 0), from.width - 1);
    const cy = Math.min(Math.max(y, 0), from.height - 1);
    return input[(cy * from.width + cx) * from.channels + c] as number;
  };
  const output: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < from.channels; c++) {
        const sx = (x + 0.5) * (from.width / width) - 0.5;
        const sy = (y + 0.5) * (from.height / height) - 0.5;
        const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
        const [fx, fy] = [sx - x0, sy - y0];
        output.push(
          (1 - fy) * ((1 - fx) * at(x0, y0, c) + fx * at(x0 + 1, y0, c)) +
            fy * ((1 - fx) * at(x0, y0 + 1, c) + fx * at(x0 + 1, y0 + 1, c)),
        );
      }
    }
  }
  return output;
}

const shapes: [Size, number, number][] = [
  [{ width: 1, height: 1, channels: 1 }, 5, 3],
  [{ width: 2, height: 1, channels: 3 }, 7, 1],
  [{ width: 7, height: 5, channels: 3 }, 3, 11],
  [{ width: 16, height: 9, channels: 1 }, 1, 1],
  [{ width: 13, height: 4, channels: 2 }, 13, 4],
  [{ width: 31, height: 29, channels: 3 }, 16, 16],
];

describe('resizeImage', () => {
  it('computes linear samples at half-pixel centres', () => {
    // Doubling 0, 100: the centres lie at -0.25, 0.25, 0.75 and 1.25.
    expect(resize(Uint8Array.of(0, 100), { width: 2, height: 1, channels: 1 }, 4, 1, 'linear')).toEqual([
      0, 25, 75, 100,
    ]);
    // Halving takes the middle of each pair.
    expect(resize(Uint8Array.of(10, 20, 30, 50), { width: 4, height: 1, channels: 1 }, 2, 1, 'linear')).toEqual([
      15, 40,
    ]);
  });

  it('rounds an exact half away from zero', () => {
    expect(resize(Uint8Array.of(0, 1), { width: 2, height: 1, channels: 1 }, 1, 1, 'linear')).toEqual([1]);
    expect(resize(Uint8Array.of(254, 255, 254, 255), { width: 2, height: 2, channels: 1 }, 1, 1, 'linear')).toEqual([
      255,
    ]);
    expect(resize(Uint8Array.of(0, 1, 0, 0), { width: 2, height: 2, channels: 1 }, 1, 1, 'linear')).toEqual([0]);
  });

  it('takes the nearest sample at half-pixel centres, the upper one of two equally close', () => {
    const line = Uint8Array.of(1, 2, 3, 4);
    const size = { width: 4, height: 1, channels: 1 };
    expect(resize(line, size, 2, 1, 'nearest')).toEqual([2, 4]);
    expect(resize(line, size, 8, 1, 'nearest')).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    // Thirds: centres at 0.167, 1.5 and 2.833.
    expect(resize(line, size, 3, 1, 'nearest')).toEqual([1, 3, 4]);
  });

  it('does not blend pixels that it leaves out, as antialiasing would', () => {
    const line = Uint8Array.of(9, 9, 9, 9, 0, 9, 9, 9, 9);
    expect(resize(line, { width: 9, height: 1, channels: 1 }, 1, 1, 'linear')).toEqual([0]);
  });

  it('keeps an image that has the size already, and one colour everywhere', () => {
    for (const how of ['nearest', 'linear'] as const) {
      const size = { width: 5, height: 6, channels: 3 };
      const input = pixels(size, 4);
      expect(resize(input, size, 5, 6, how)).toEqual([...input]);
      expect(new Set(resize(new Uint8Array(90).fill(201), size, 17, 2, how))).toEqual(new Set([201]));
    }
  });

  it('agrees with a naive linear interpolation on many shapes', () => {
    shapes.forEach(([size, width, height], index) => {
      const input = pixels(size, index + 1);
      const output = resize(input, size, width, height, 'linear');
      naiveLinear(input, size, width, height).forEach((exact, i) => {
        // Next to a tie the naive FP64 value may fall on either side; elsewhere it must agree.
        const isTie = Math.abs(exact - Math.floor(exact) - 0.5) < 1e-9;
        if (isTie) expect(Math.abs((output[i] as number) - exact)).toBeLessThan(0.5 + 1e-9);
        else expect(output[i]).toBe(Math.round(exact));
      });
    });
  });

  it('agrees with a naive nearest neighbour on many shapes', () => {
    shapes.forEach(([size, width, height], index) => {
      const input = pixels(size, index + 9);
      const expected: number[] = [];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const sx = Number((BigInt(2 * x + 1) * BigInt(size.width)) / BigInt(2 * width));
          const sy = Number((BigInt(2 * y + 1) * BigInt(size.height)) / BigInt(2 * height));
          const start = (sy * size.width + sx) * size.channels;
          expected.push(...input.subarray(start, start + size.channels));
        }
      }
      expect(resize(input, size, width, height, 'nearest')).toEqual(expected);
    });
  });

  it('treats rows and columns alike', () => {
    const wide = { width: 6, height: 1, channels: 1 };
    const tall = { width: 1, height: 6, channels: 1 };
    const input = pixels(wide, 3);
    for (const how of ['nearest', 'linear'] as const) {
      expect(resize(input, wide, 4, 1, how)).toEqual(resize(input, tall, 1, 4, how));
    }
  });

  it('refuses buffers that do not fit the sizes', () => {
    const size = { width: 2, height: 2, channels: 3 };
    expect(() => resizeImage(new Uint8Array(11), size, size, 'linear', new Uint8Array(12))).toThrow(/input needs 12/);
    expect(() => resizeImage(new Uint8Array(12), size, size, 'linear', new Uint8Array(13))).toThrow(/output needs 12/);
  });
});

describe('imageToTensor', () => {
  const size = { width: 2, height: 2, channels: 3 };
  const input = Uint8Array.of(0, 1, 2, 10, 11, 12, 20, 21, 22, 255, 254, 253);

  it('puts channels into planes', () => {
    const output = new Float32Array(12);
    imageToTensor(input, size, { layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] }, output);
    expect([...output]).toEqual([0, 10, 20, 255, 1, 11, 21, 254, 2, 12, 22, 253]);
  });

  it('leaves channels side by side', () => {
    const output = new Float32Array(12);
    imageToTensor(input, size, { layout: 'HWC', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] }, output);
    expect([...output]).toEqual([...input]);
  });

  it('scales, then subtracts and divides per channel, and rounds once', () => {
    const options = { layout: 'HWC', scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
    const all = { width: 256, height: 1, channels: 3 };
    const bytes = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
    const output = new Float32Array(768);
    imageToTensor(bytes, all, options, output);
    output.forEach((value, i) => {
      const c = i % 3;
      const exact = ((bytes[i] as number) * options.scale - (options.mean[c] as number)) / (options.std[c] as number);
      expect(value).toBe(Math.fround(exact));
    });
  });

  it('needs a mean and a deviation per channel', () => {
    const output = new Float32Array(12);
    const options = { layout: 'CHW', scale: 1, mean: [0], std: [1, 1, 1] } as const;
    expect(() => imageToTensor(input, size, options, output)).toThrow(/mean needs 3/);
  });
});

describe('rgbToGray', () => {
  it('weighs the primaries as ITU-R BT.601 does', () => {
    const output = new Uint8Array(4);
    rgbToGray(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 150, 200), output);
    // 76.245, 149.685, 29.07 and 29.9 + 88.05 + 22.8 = 140.75.
    expect([...output]).toEqual([76, 150, 29, 141]);
  });

  it('gives the value of three equal channels exactly', () => {
    const input = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
    const output = new Uint8Array(256);
    rgbToGray(input, output);
    expect([...output]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it('rounds a half up', () => {
    // 114 * 250 = 28500, so the luma is exactly 28.5.
    const output = new Uint8Array(1);
    rgbToGray(Uint8Array.of(0, 0, 250), output);
    expect(output[0]).toBe(29);
  });
});
