// A sound call of every function that the addon exports: arguments, which of them it writes, and what
// its TypeScript twin makes of the same ones.
import * as twins from '@deephealth/native/twins';
import { imageCalls, volumeCalls } from './addon-calls-of-images.mjs';
import { blendingCalls, segmentationCalls } from './addon-calls-of-masks.mjs';

const FLOATS = [Float32Array, Float64Array];
const NUMBERS = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, ...FLOATS];

const real = (random) => () => (random.next() - 0.5) * 20;

/** @typedef {{ arguments(random, arrays): unknown[], writes: number[], twin?: Function }} AddonCall */

function rowCalls() {
  const rows = (random, arrays) => {
    const [rowLength, inner, outer] = [random.integer(1, 40), random.integer(1, 5), random.integer(0, 5)];
    const length = rowLength * inner * outer;
    const input = arrays.array(random.pick(FLOATS), length, real(random));
    return { rowLength, inner, outer, length, input, output: arrays.array(random.pick(FLOATS), length) };
  };
  return {
    softmax: {
      writes: [3],
      twin: twins.softmaxTwin,
      arguments(random, arrays) {
        const { input, rowLength, inner, output } = rows(random, arrays);
        return [input, rowLength, inner, output];
      },
    },
    sigmoid: {
      writes: [1],
      twin: twins.sigmoidTwin,
      arguments(random, arrays) {
        const { input, output } = rows(random, arrays);
        return [input, output];
      },
    },
    argmax: {
      writes: [3],
      twin: twins.argmaxTwin,
      arguments(random, arrays) {
        const { input, rowLength, inner, outer } = rows(random, arrays);
        return [input, rowLength, inner, arrays.array(Int32Array, outer * inner)];
      },
    },
    threshold: {
      writes: [2],
      twin: twins.thresholdTwin,
      arguments(random, arrays) {
        const { input, length } = rows(random, arrays);
        return [input, real(random)(), arrays.array(Uint8Array, length)];
      },
    },
    standardize: {
      writes: [3],
      twin: twins.standardizeTwin,
      arguments(random, arrays) {
        const { input, rowLength, output } = rows(random, arrays);
        const std = arrays.array(Float64Array, rowLength, () => random.next() + 0.1);
        return [input, arrays.array(Float64Array, rowLength, real(random)), std, output];
      },
    },
    removeMean: {
      writes: [2],
      twin: twins.removeMeanTwin,
      arguments(random, arrays) {
        const { input, rowLength, output } = rows(random, arrays);
        return [input, rowLength, output];
      },
    },
    zScore: {
      writes: [3],
      twin: twins.zScoreTwin,
      arguments(random, arrays) {
        const { input, rowLength, output } = rows(random, arrays);
        return [input, rowLength, 1e-6, output];
      },
    },
    clip: {
      writes: [3],
      // As clip() calls it: a bound of -0 is one of 0.
      twin: (input, minimum, maximum, output) => twins.clipTwin(input, minimum + 0, maximum + 0, output),
      arguments(random, arrays) {
        const { input, output } = rows(random, arrays);
        return [input, -3, 4, output];
      },
    },
    rescale: {
      writes: [3],
      twin: twins.rescaleTwin,
      arguments(random, arrays) {
        const { length, output } = rows(random, arrays);
        return [arrays.array(random.pick(NUMBERS), length, real(random)), 1.5, -3, output];
      },
    },
    windowLevel: {
      writes: [8],
      twin: (input, slope, intercept, kind, center, width, minimum, range, output) =>
        twins.windowLevelTwin(
          input,
          { isSigmoid: kind === 1, center, width, minimum, range, slope, intercept },
          output,
        ),
      arguments(random, arrays) {
        const { length } = rows(random, arrays);
        const input = arrays.array(random.pick(NUMBERS), length, real(random));
        return [input, 1, -2, random.integer(0, 1), 1, 7, 0, 1, arrays.array(Float32Array, length)];
      },
    },
    firFilter: {
      writes: [3],
      twin: twins.firFilterTwin,
      arguments(random, arrays) {
        const { input, rowLength, output } = rows(random, arrays);
        return [input, rowLength, arrays.array(Float64Array, random.integer(1, 20), real(random)), output];
      },
    },
    iirFilter: {
      writes: [3, 4],
      twin: twins.iirFilterTwin,
      arguments(random, arrays) {
        const { input, rowLength, inner, outer, output } = rows(random, arrays);
        const sections = random.integer(1, 4);
        const coefficients = arrays.array(Float64Array, 5 * sections, (i) => [0.2, 0.4, 0.2, -1.1, 0.4][i % 5]);
        return [input, rowLength, coefficients, arrays.array(Float64Array, outer * inner * sections * 2), output];
      },
    },
    resamplePolyphase: {
      writes: [5],
      twin: twins.resamplePolyphaseTwin,
      arguments(random, arrays) {
        const { input, rowLength, inner, outer } = rows(random, arrays);
        const [up, down] = [random.integer(1, 9), random.integer(1, 9)];
        const output = arrays.array(random.pick(FLOATS), outer * inner * Math.ceil((rowLength * up) / down));
        return [
          input,
          rowLength,
          up,
          down,
          arrays.array(Float64Array, 2 * random.integer(0, 20) + 1, real(random)),
          output,
        ];
      },
    },
  };
}

/** Elements of tables, whatever they mean. */
const TABLE = Float64Array.from({ length: 2 * 4098 }, (_, i) => ((i * 37) % 101) / 50);

function stainCalls() {
  const ROWS = 3 * 256 * 4;
  const ROOT = 2 * 4098;
  const scene = (random, arrays) => {
    const [width, height] = [random.integer(1, 40), random.integer(1, 12)];
    const byte = () => random.integer(0, 255);
    return {
      width,
      height,
      pixels: arrays.array(Uint8Array, 3 * width * height, byte),
      mask: arrays.array(Uint8Array, width * height, () => random.integer(0, 1)),
      numbers: (length) => arrays.array(Float64Array, length, TABLE.subarray(0, length)),
      output: (Type, length) => arrays.array(Type, length),
    };
  };
  const call = (name, written, make) => ({
    writes: [written],
    twin: twins.stainTwin[name],
    arguments: (random, arrays) => make(scene(random, arrays)),
  });
  const calls = [
    ['stainGrayHistogram', 1, ({ pixels, output }) => [pixels, output(Uint32Array, 256)]],
    [
      'stainTissueMask',
      4,
      ({ pixels, width, height, output }) => [pixels, width, height, 130, output(Uint8Array, width * height)],
    ],
    [
      'stainDensityMoments',
      3,
      ({ pixels, mask, numbers, output }) => [pixels, mask, numbers(256), output(Float64Array, 72)],
    ],
    [
      'stainDensityAngles',
      4,
      ({ pixels, mask, numbers, output }) => [pixels, mask, numbers(256), numbers(6), output(Uint32Array, 16384)],
    ],
    [
      'stainRowSumHistograms',
      2,
      ({ pixels, numbers, output }) => [pixels, numbers(ROWS), output(Uint32Array, 3 * 16384)],
    ],
    [
      'stainRowProducts',
      2,
      ({ pixels, numbers, output }) => [pixels, numbers(ROWS), output(Uint8Array, pixels.length)],
    ],
    [
      'stainLabMoments',
      4,
      ({ pixels, mask, numbers, output }) => [pixels, mask, numbers(ROWS), numbers(ROOT), output(Float64Array, 48)],
    ],
    [
      'stainLabTransfer',
      8,
      ({ pixels, mask, numbers, output }) => [
        ...[pixels, mask, numbers(ROWS), numbers(ROOT), numbers(9), output(Uint8Array, 4097), numbers(4097)],
        ...[numbers(6), output(Uint8Array, pixels.length)],
      ],
    ],
  ];
  return Object.fromEntries(calls.map(([name, written, make]) => [name, call(name, written, make)]));
}

/** @type {Record<string, AddonCall>} every function, by its name in the addon */
export const ADDON_CALLS = {
  ...rowCalls(),
  ...stainCalls(),
  ...imageCalls(),
  ...volumeCalls(),
  ...segmentationCalls(),
  ...blendingCalls(),
};
