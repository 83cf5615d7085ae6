// Kernels of rows, signals, volumes and moved pixels against their twins: the same bits, on random
// lengths and on values that go wrong first. Images, masks, stains and blends have their own.
import { describe, expect, it } from 'vitest';
import * as kernels from './index.js';
import { type Affine, indexTransform, nativeStatus } from './index.js';
import * as twins from './twins.js';

function seeded(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { next, integer: (from: number, to: number) => from + Math.floor(next() * (to - from + 1)) };
}

const SPECIAL = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 5e-324, -5e-324, 1e-40, 3.5e38, -710, 745, 1e300];

const FLOATS = [Float32Array, Float64Array] as const;
const NUMBERS = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, ...FLOATS] as const;
type NumberType = (typeof NUMBERS)[number];

/** Elements that start where no vector would be aligned, some of them special. */
function filled<T extends NumberType>(Type: T, length: number, random: ReturnType<typeof seeded>, share = 0.02) {
  const isFloat = Type === Float32Array || Type === Float64Array;
  const array = new Type(length + 3).subarray(3) as InstanceType<T>;
  for (let i = 0; i < length; i++) {
    const value = (random.next() - 0.5) * (random.next() < 0.1 ? 1500 : 20);
    array[i] = isFloat && random.next() < share ? (SPECIAL[random.integer(0, SPECIAL.length - 1)] as number) : value;
    if (!isFloat) array[i] = random.integer(0, 2 ** 32);
  }
  return array;
}

const bytes = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Runs both into outputs of the same garbage and compares every byte, also around the outputs. */
function expectEqualBits<T extends NumberType>(
  Type: T,
  length: number,
  kernel: (output: InstanceType<T>) => unknown,
  twin: (output: InstanceType<T>) => unknown,
): void {
  const [a, b] = [0, 1].map(() => new Type(length + 16).fill(77)) as [InstanceType<T>, InstanceType<T>];
  const results = [kernel(a.subarray(8, 8 + length) as never), twin(b.subarray(8, 8 + length) as never)];
  expect(results[0]).toEqual(results[1]);
  canonical(a);
  canonical(b);
  expect(Buffer.compare(bytes(a), bytes(b))).toBe(0);
}

/** Which NaN it is, nothing of this package states. */
function canonical(array: ArrayLike<number> & { fill?: unknown }): void {
  const values = array as Float64Array;
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = Number.NaN;
}

const LENGTHS = [64, 65, 71, 100, 127, 128, 255, 513, 1000, 4099];

describe.skipIf(!nativeStatus().isLoaded)('the addon gives the bits of its twins', () => {
  const random = seeded(20261124);

  it.each(FLOATS.flatMap((In) => FLOATS.map((Out) => [In, Out] as const)))('over rows, from %o to %o', (In, Out) => {
    for (const rows of [1, 2, 7, 9, 33]) {
      for (const rowLength of [1, 2, 3, 7, 8, 9, 17, 64, 129, 1000]) {
        for (const share of [0, 0.02]) {
          const length = rows * rowLength;
          const input = filled(In, length, random, share);
          const mean = filled(Float64Array, rowLength, random, 0);
          const std = filled(Float64Array, rowLength, random, 0).map((x) => Math.abs(x) + 0.1);
          const check = (kernel: (output: never) => unknown, twin: (output: never) => unknown) =>
            expectEqualBits(Out, length, kernel as never, twin as never);
          check(
            (o) => kernels.standardize(input, mean, std, o),
            (o) => twins.standardizeTwin(input, mean, std, o),
          );
          check(
            (o) => kernels.removeMean(input, rowLength, o),
            (o) => twins.removeMeanTwin(input, rowLength, o),
          );
          check(
            (o) => kernels.zScore(input, rowLength, 1e-3, o),
            (o) => twins.zScoreTwin(input, rowLength, 1e-3, o),
          );
          for (const inner of [1, rows]) {
            check(
              (o) => kernels.softmax(input, rowLength, o, inner),
              (o) => twins.softmaxTwin(input, rowLength, inner, o),
            );
            expectEqualBits(
              Int32Array,
              rows,
              (o) => kernels.argmax(input, rowLength, o, inner),
              (o) => twins.argmaxTwin(input, rowLength, inner, o),
            );
          }
        }
      }
    }
  });

  it.each(FLOATS.flatMap((In) => FLOATS.map((Out) => [In, Out] as const)))('by element, from %o to %o', (In, Out) => {
    for (const length of LENGTHS) {
      const input = filled(In, length, random, 0.2);
      for (const [low, high] of [
        [-1, 1],
        [0, 0],
        [-Infinity, 3],
      ] as const) {
        expectEqualBits(
          Out,
          length,
          (o) => kernels.clip(input, low, high, o),
          (o) => twins.clipTwin(input, low, high, o),
        );
      }
      expectEqualBits(
        Out,
        length,
        (o) => kernels.sigmoid(input, o),
        (o) => twins.sigmoidTwin(input, o),
      );
      for (const bound of [0, 0.5, Infinity]) {
        expectEqualBits(
          Uint8Array,
          length,
          (o) => kernels.threshold(input, bound, o),
          (o) => twins.thresholdTwin(input, bound, o),
        );
      }
    }
  });

  it('over millions of elements', () => {
    const length = 3_000_017;
    const input = filled(Float32Array, length, random, 0.001);
    const tests: [NumberType, (o: never) => unknown, (o: never) => unknown, number?][] = [
      [Float32Array, (o) => kernels.clip(input, -1, 1, o), (o) => twins.clipTwin(input, -1, 1, o)],
      [Float64Array, (o) => kernels.sigmoid(input, o), (o) => twins.sigmoidTwin(input, o)],
      [Float32Array, (o) => kernels.softmax(input, length, o), (o) => twins.softmaxTwin(input, length, 1, o)],
      [Float32Array, (o) => kernels.zScore(input, length, 1e-6, o), (o) => twins.zScoreTwin(input, length, 1e-6, o)],
      [Uint8Array, (o) => kernels.threshold(input, 0.5, o), (o) => twins.thresholdTwin(input, 0.5, o)],
      [Int32Array, (o) => kernels.argmax(input, length, o), (o) => twins.argmaxTwin(input, length, 1, o), 1],
    ];
    for (const [Type, kernel, twin, outputs = length] of tests)
      expectEqualBits(Type, outputs, kernel as never, twin as never);
  });

  it('where the output is the input', () => {
    const tests: [string, (x: Float32Array) => void, (x: Float32Array) => void][] = [
      ['clip', (x) => kernels.clip(x, -1, 1, x), (x) => twins.clipTwin(x, -1, 1, x)],
      ['sigmoid', (x) => kernels.sigmoid(x, x), (x) => twins.sigmoidTwin(x, x)],
      ['softmax', (x) => kernels.softmax(x, 50, x), (x) => twins.softmaxTwin(x, 50, 1, x)],
      ['softmax planes', (x) => kernels.softmax(x, 5, x, 150), (x) => twins.softmaxTwin(x, 5, 150, x)],
      ['removeMean', (x) => kernels.removeMean(x, 50, x), (x) => twins.removeMeanTwin(x, 50, x)],
      ['zScore', (x) => kernels.zScore(x, 50, 1e-6, x), (x) => twins.zScoreTwin(x, 50, 1e-6, x)],
      [
        'standardize',
        (x) => kernels.standardize(x, [1, 2], [3, 4], x),
        (x) => twins.standardizeTwin(x, [1, 2], [3, 4], x),
      ],
    ];
    for (const [name, kernel, twin] of tests) {
      const input = filled(Float32Array, 1500, random, 0);
      const [a, b] = [input.slice(), input.slice()];
      kernel(a);
      twin(b);
      expect(Buffer.compare(bytes(a), bytes(b)), name).toBe(0);
    }
  });

  it.each(NUMBERS)('in the rescale and the windows of %o', (In) => {
    for (const length of LENGTHS) {
      const input = filled(In, length, random, 0.1);
      for (const Out of FLOATS) {
        expectEqualBits(
          Out,
          length,
          (o) => kernels.rescale(input, 1.7, -1024, o),
          (o) => twins.rescaleTwin(input, 1.7, -1024, o),
        );
      }
      for (const isSigmoid of [false, true]) {
        const window = { center: 40, width: 401, minimum: -1, maximum: 2, slope: 0.3, intercept: -5 };
        expectEqualBits(
          Float32Array,
          length,
          (o) => kernels.windowLevel(input, { ...window, voiFunction: isSigmoid ? 'SIGMOID' : 'LINEAR_EXACT' }, o),
          (o) => twins.windowLevelTwin(input, { ...window, isSigmoid, range: 3 }, o),
        );
      }
    }
  });

  it.each(FLOATS.flatMap((In) => FLOATS.map((Out) => [In, Out] as const)))('of signals, from %o to %o', (In, Out) => {
    for (const rows of [1, 3, 8, 19]) {
      for (const rowLength of [1, 2, 31, 64, 500, 2050, 2100]) {
        const length = rows * rowLength;
        const input = filled(In, length, random, rows === 3 ? 0.001 : 0);
        for (const count of [1, 2, 15, 300]) {
          const taps = filled(Float64Array, count, random, 0);
          expectEqualBits(
            Out,
            length,
            (o) => kernels.firFilter(input, rowLength, taps, o),
            (o) => twins.firFilterTwin(input, rowLength, taps, o),
          );
        }
        for (const sections of [1, 2, 3, 4]) {
          const coefficients = Float64Array.from(
            { length: sections * 5 },
            (_, i) => [0.2, 0.4, 0.2, -1.1, 0.4][i % 5] as number,
          );
          const six = Array.from({ length: sections }, () => [0.2, 0.4, 0.2, 1, -1.1, 0.4] as const);
          const states = filled(Float64Array, rows * sections * 2, random, 0);
          const [own, twin] = [states.slice(), states.slice()];
          expectEqualBits(
            Out,
            length,
            (o) => kernels.iirFilter(input, rowLength, six, o, own),
            (o) => twins.iirFilterTwin(input, rowLength, coefficients, twin, o),
          );
          expect(Buffer.compare(bytes(own), bytes(twin))).toBe(0);
        }
        for (const [up, down, count] of [
          [1, 1, 1],
          [3, 2, 61],
          [2, 7, 141],
          [25, 64, 1281],
          [5, 1, 3],
        ] as const) {
          const taps = filled(Float64Array, count, random, 0);
          expectEqualBits(
            Out,
            rows * Math.ceil((rowLength * up) / down),
            (o) => kernels.resamplePolyphase(input, rowLength, up, down, o, taps),
            (o) => twins.resamplePolyphaseTwin(input, rowLength, up, down, taps, o),
          );
        }
      }
    }
  });

  it.each(NUMBERS)('of volumes of %o', (In) => {
    for (let turn = 0; turn < 24; turn++) {
      const side = () => random.integer(1, turn % 4 === 0 ? 3 : 40);
      const from = { width: side(), height: side(), depth: side() };
      const to = { width: random.integer(0, 150), height: random.integer(0, 12), depth: random.integer(1, 5) };
      const input = filled(In, from.width * from.height * from.depth, random, 0.01);
      const isAligned = turn % 2 === 0;
      const m = Array.from({ length: 12 }, (_, i) => {
        const isDiagonal = i % 4 === Math.floor(i / 4);
        if (i % 4 === 3) return (random.next() - 0.3) * 6;
        return isDiagonal ? (random.next() - 0.2) * 2 : isAligned ? 0 : random.next() - 0.5;
      }) as unknown as Affine;
      for (const interpolation of ['nearest', 'linear'] as const) {
        const isNearest = interpolation === 'nearest';
        expectEqualBits(
          (isNearest ? In : Float32Array) as NumberType,
          to.width * to.height * to.depth,
          (o) => kernels.resampleVolume(input, from, m, to, { interpolation, outside: 7 }, o),
          (o) => twins.resampleVolumeTwin(input, from, m, to, isNearest, 7, o),
        );
      }
    }
  });

  it.each([Uint8Array, Uint16Array, Int16Array, Float32Array] as const)('of flips and transposes of %o', (Type) => {
    for (const channels of [1, 2, 3, 4, 5, 6, 8]) {
      for (const [width, height] of [
        [1, 90],
        [90, 1],
        [3, 30],
        [16, 16],
        [33, 31],
        [64, 5],
        [257, 19],
      ] as const) {
        const size = { width, height, channels };
        const input = filled(Type, width * height * channels, random, 0) as Uint8Array;
        for (const [kernel, twin] of [
          [
            (o: Uint8Array) => kernels.flipImage(input, size, 'horizontal', o),
            (o: Uint8Array) => twins.flipColumnsTwin(input, size, o),
          ],
          [
            (o: Uint8Array) => kernels.transposeImage(input, size, o),
            (o: Uint8Array) => twins.transposeImageTwin(input, size, o),
          ],
        ] as const) {
          expectEqualBits(Type as typeof Uint8Array, input.length, kernel, twin);
        }
      }
    }
  });

  it('of every colour in grey', () => {
    const pixels = new Uint8Array(3 * 2 ** 18);
    for (let i = 0; i < pixels.length / 3; i++) {
      pixels.set([(i >> 12) * 4 + (i & 3), ((i >> 6) & 63) * 4 + (i & 3), (i & 63) * 4 + (i & 3)], 3 * i);
    }
    expectEqualBits(
      Uint8Array,
      2 ** 18,
      (o) => kernels.rgbToGray(pixels, o),
      (o) => twins.rgbToGrayTwin(pixels, o),
    );
  });

  it('notices a twin that differs in one bit', () => {
    const input = filled(Float32Array, 1000, random, 0);
    const wrong = (o: Float32Array) => {
      twins.sigmoidTwin(input, o);
      o[999] = (o[999] as number) * (1 + 2 ** -23);
    };
    expect(() => expectEqualBits(Float32Array, 1000, (o) => kernels.sigmoid(input, o), wrong)).toThrow();
  });

  it('and grids that lie parallel stay exactly parallel', () => {
    const from = [-0.7, 0, 0, 31, 0, 0.7, 0, -12.5, 0, 0, 1.3, 4] as unknown as Affine;
    const to = [-1.1, 0, 0, 30, 0, 1.1, 0, -12, 0, 0, 2, 4.5] as unknown as Affine;
    const m = indexTransform(from, to);
    expect([m[1], m[2], m[4], m[6], m[8], m[9]]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
