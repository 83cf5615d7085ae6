// Image kernels against their twins: the same bits for every element type, rule and layout, on random
// and extreme shapes, at addresses that no vector is aligned to, and with the values that go wrong first.
import { describe, expect, it } from 'vitest';
import { nativeStatus } from '../load-addon.js';
import { imageToTensorTwin, resizeImageTwin, resizeToTensorTwin } from '../twins.js';
import {
  type ImagePixels,
  type ImageSize,
  type ImageToTensorOptions,
  type Interpolation,
  imageToTensor,
  resizeImage,
  resizeToTensor,
} from './index.js';

const TYPES = [Uint8Array, Uint16Array, Int16Array, Float32Array] as const;
const RULES: readonly Interpolation[] = ['nearest', 'nearest-floor', 'linear', 'linear-antialias', 'area', 'cubic'];
const SPECIAL = [Number.NaN, Infinity, -Infinity, -0, 1e-45, 1e-40, 3.4e38, -3.4e38, 65_535.5];

function seeded(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { next, integer: (from: number, to: number) => from + Math.floor(next() * (to - from + 1)) };
}

const random = seeded(20261128);

/** An image that starts at an odd element; integers over their whole range, floats with special ones. */
function picture(Type: (typeof TYPES)[number], size: ImageSize): ImagePixels {
  const pixels = new Type(size.width * size.height * size.channels + 1).subarray(1);
  for (let i = 0; i < pixels.length; i++) {
    const isSpecial = Type === Float32Array && random.next() < 0.02;
    if (isSpecial) pixels[i] = SPECIAL[random.integer(0, SPECIAL.length - 1)] as number;
    else if (random.next() < 0.1) pixels[i] = random.next() < 0.5 ? 65_535 : -32_768;
    else pixels[i] = random.integer(-40_000, 70_000);
  }
  return pixels;
}

/** Both into memory of the same garbage; every byte is compared, also of what lies around. */
function expectEqualBits<T extends ImagePixels>(
  make: (length: number) => T,
  length: number,
  kernel: (output: T) => void,
  twin: (output: T) => void,
  what: string,
): void {
  const [a, b] = [0, 1].map(() => make(length + 9).fill(77) as T) as [T, T];
  kernel(a.subarray(4, 4 + length) as T);
  twin(b.subarray(4, 4 + length) as T);
  for (const array of [a, b]) {
    // Which NaN it is, nothing states.
    for (let i = 0; i < array.length; i++) if (Number.isNaN(array[i])) array[i] = Number.NaN;
  }
  const bytes = (array: T) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  expect(Buffer.compare(bytes(a), bytes(b)), what).toBe(0);
}

/** Sides of 1, odd ones, such as vectors end in, and long ones beside short ones. */
const SHAPES: readonly (readonly [number, number, number, number])[] = [
  [1, 1, 1, 1],
  [1, 1, 9, 5],
  [17, 13, 1, 1],
  [2, 3, 3, 2],
  [64, 4, 32, 2],
  [33, 31, 65, 63],
  [63, 65, 31, 33],
  [5000, 1, 7, 3],
  [3, 4000, 5, 11],
  [7, 3, 3001, 2],
  [129, 6, 43, 12],
];

const shapes = [
  ...SHAPES,
  ...Array.from(
    { length: 12 },
    () => [0, 0, 0, 0].map(() => random.integer(1, 70)) as [number, number, number, number],
  ),
];

function tensorOptions(channels: number): ImageToTensorOptions {
  const count = random.integer(1, channels + 1);
  const numbers = (from: number) => Array.from({ length: count }, () => from + random.next());
  const std = [() => numbers(0.1), () => new Array<number>(count).fill(0.5), () => numbers(1e-3)][random.integer(0, 2)];
  return {
    layout: random.next() < 0.5 ? 'CHW' : 'HWC',
    scale: [1, 1 / 255, 1 / 65_535, -2][random.integer(0, 3)] as number,
    mean: random.next() < 0.2 ? new Array<number>(count).fill(0) : numbers(-0.5),
    std: (std as () => number[])(),
    channelOrder: Array.from({ length: count }, () => random.integer(0, channels - 1)),
  };
}

describe.skipIf(!nativeStatus().isLoaded)('image kernels of the addon give the bits of their twins', () => {
  it.each(TYPES.flatMap((Type) => RULES.map((rule) => [Type, rule] as const)))('resizing %o, %s', (Type, rule) => {
    for (const [width, height, toWidth, toHeight] of shapes) {
      for (const channels of [1, 2, 3, 4, 5]) {
        const size = { width, height, channels };
        const to = { width: toWidth, height: toHeight };
        const pixels = picture(Type, size);
        expectEqualBits<ImagePixels>(
          (length) => new Type(length),
          toWidth * toHeight * channels,
          (output) => resizeImage(pixels, size, to, rule, output),
          (output) => resizeImageTwin(pixels, size, to, rule, output),
          `${width} x ${height} x ${channels} to ${toWidth} x ${toHeight}`,
        );
      }
    }
  });

  it.each(TYPES.flatMap((Type) => (['HWC', 'CHW'] as const).map((layout) => [Type, layout] as const)))(
    'making tensors of %o, %s',
    (Type, inputLayout) => {
      for (const [width, height] of [...shapes, [0, 5], [1999, 3], [1024, 33]] as const) {
        for (const channels of [1, 2, 3, 4, 7]) {
          const size = { width, height, channels };
          const options = { ...tensorOptions(channels), inputLayout };
          const pixels = picture(Type, size);
          expectEqualBits(
            (length) => new Float32Array(length),
            width * height * options.mean.length,
            (output) => imageToTensor(pixels, size, options, output),
            (output) => imageToTensorTwin(pixels, size, options, output),
            `${width} x ${height} x ${channels}, ${JSON.stringify(options)}`,
          );
        }
      }
    },
  );

  it.each(TYPES)('making tensors of more pixels than %o has values', (Type) => {
    const size = { width: 1024, height: 513, channels: 1 };
    // 16 bits: once through every value, and then again.
    const pixels = Type.from({ length: 1024 * 513 }, (_, i) => i - 32_768);
    for (const [scale, mean, std] of [
      [1 / 65_535, 0.485, 0.229],
      [1, 1000.3, 417.7],
      [0.1, 0, 1 / 3],
      [-1, 0, 3],
    ] as const) {
      const options = { layout: 'CHW', scale, mean: [mean], std: [std] } as const;
      expectEqualBits(
        (length) => new Float32Array(length),
        pixels.length,
        (output) => imageToTensor(pixels, size, options, output),
        (output) => imageToTensorTwin(pixels, size, options, output),
        JSON.stringify({ scale, mean, std }),
      );
    }
  });

  it.each(TYPES)('making tensors of %o with constants that leave the moderate numbers', (Type) => {
    const size = { width: 97, height: 3, channels: 3 };
    for (const scale of [0, 1e-300, 1e300, Infinity, Number.NaN]) {
      for (const std of [1, -3, 5e-324, 1e308, Infinity]) {
        const options = { layout: 'CHW', scale, mean: [0, 1e308, -0.3], std: [std, std, 2] } as const;
        const pixels = picture(Type, size);
        expectEqualBits(
          (length) => new Float32Array(length),
          pixels.length,
          (output) => imageToTensor(pixels, size, options, output),
          (output) => imageToTensorTwin(pixels, size, options, output),
          JSON.stringify({ scale, std }),
        );
      }
    }
  });

  it.each(TYPES)('resizing %o straight into a tensor', (Type) => {
    for (const [width, height, toWidth, toHeight] of shapes) {
      for (const rule of RULES) {
        const channels = random.integer(1, 5);
        const size = { width, height, channels };
        const to = { width: toWidth, height: toHeight };
        const options = tensorOptions(channels);
        const pixels = picture(Type, size);
        expectEqualBits(
          (length) => new Float32Array(length),
          toWidth * toHeight * options.mean.length,
          (output) => resizeToTensor(pixels, size, to, rule, options, output),
          (output) => resizeToTensorTwin(pixels, size, to, rule, options, output),
          `${rule}, ${width} x ${height} x ${channels} to ${toWidth} x ${toHeight}, ${JSON.stringify(options)}`,
        );
      }
    }
  });
});

describe('resizeImage', () => {
  it('makes an image without pixels of any, and refuses the reverse', () => {
    const none = { width: 0, height: 3 };
    const one = { width: 1, height: 1, channels: 1 };
    expect(() => resizeImage(Uint8Array.of(1), one, none, 'linear', new Uint8Array(0))).not.toThrow();
    expect(() => resizeImage(new Uint8Array(0), { ...none, channels: 1 }, one, 'area', new Uint8Array(1))).toThrow(
      /without pixels/,
    );
  });
});
