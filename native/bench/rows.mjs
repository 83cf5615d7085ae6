// Kernels over rows of numbers, against the TypeScript twins.
import {
  argmax,
  clip,
  removeMean,
  rescale,
  sigmoid,
  softmax,
  standardize,
  threshold,
  windowLevel,
  zScore,
} from '../dist/index.js';
import {
  argmaxTwin,
  clipTwin,
  removeMeanTwin,
  rescaleTwin,
  sigmoidTwin,
  softmaxTwin,
  standardizeTwin,
  thresholdTwin,
  windowLevelTwin,
  zScoreTwin,
} from '../dist/twins.js';

/** Numbers within [-8, 8), always the same. */
function numbers(length, Type = Float32Array, scale = 16) {
  let state = 12345;
  return Type.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * scale;
  });
}

const bar = (id, title, prepare) => ({ id: `rows.${id}`, title, bound: { min: 4 }, baseline: 'twin', prepare });

const EEG = 256;
const CT = 512 * 512;

export const cases = [
  bar('standardize', 'standardize, 10,000 rows of 32', () => {
    const input = numbers(320_000);
    const [mean, std] = [numbers(32, Float64Array), numbers(32, Float64Array).map((x) => Math.abs(x) + 1)];
    const output = new Float32Array(input.length);
    return {
      kernel: () => standardize(input, mean, std, output),
      baseline: () => standardizeTwin(input, mean, std, output),
    };
  }),
  bar('remove-mean', 'remove the mean, 12 rows of 5,000', () => {
    const input = numbers(60_000);
    const output = new Float32Array(input.length);
    return {
      kernel: () => removeMean(input, 5000, output),
      baseline: () => removeMeanTwin(input, 5000, output),
    };
  }),
  bar('z-score', `z-score, 460 rows of ${EEG}`, () => {
    const input = numbers(460 * EEG);
    const output = new Float32Array(input.length);
    return { kernel: () => zScore(input, EEG, 1e-8, output), baseline: () => zScoreTwin(input, EEG, 1e-8, output) };
  }),
  bar('clip', 'clip, 262,144 elements', () => {
    const input = numbers(CT);
    const output = new Float32Array(CT);
    return { kernel: () => clip(input, -2.5, 2.5, output), baseline: () => clipTwin(input, -2.5, 2.5, output) };
  }),
  bar('rescale', 'rescale, 512 x 512 INT16', () => {
    const input = numbers(CT, Int16Array, 4000);
    const output = new Float32Array(CT);
    return { kernel: () => rescale(input, 1, -1024, output), baseline: () => rescaleTwin(input, 1, -1024, output) };
  }),
  ...['LINEAR', 'SIGMOID'].map((voiFunction) =>
    bar(`window-${voiFunction.toLowerCase()}`, `window ${voiFunction}, 512 x 512 INT16`, () => {
      const input = numbers(CT, Int16Array, 4000);
      const output = new Float32Array(CT);
      const window = { center: 40, width: 400, voiFunction, intercept: -1024 };
      const isSigmoid = voiFunction === 'SIGMOID';
      const ramp = { center: isSigmoid ? 40 : 39.5, width: isSigmoid ? 400 : 399 };
      const resolved = { isSigmoid, ...ramp, minimum: 0, range: 1, slope: 1, intercept: -1024 };
      return {
        kernel: () => windowLevel(input, window, output),
        baseline: () => windowLevelTwin(input, resolved, output),
      };
    }),
  ),
  ...[
    ['rows', '64 rows of 1,000', 64_000, 1000, 1],
    ['planes', '4 planes of 256 x 256', 4 * 65_536, 4, 65_536],
  ].flatMap(([id, title, length, rowLength, inner]) => [
    bar(`softmax-${id}`, `softmax, ${title}`, () => {
      const input = numbers(length);
      const output = new Float32Array(length);
      return {
        kernel: () => softmax(input, rowLength, output, inner),
        baseline: () => softmaxTwin(input, rowLength, inner, output),
      };
    }),
    bar(`argmax-${id}`, `argmax, ${title}`, () => {
      const input = numbers(length);
      const output = new Int32Array(length / rowLength);
      return {
        kernel: () => argmax(input, rowLength, output, inner),
        baseline: () => argmaxTwin(input, rowLength, inner, output),
      };
    }),
  ]),
  bar('sigmoid', 'sigmoid, 256 x 256', () => {
    const input = numbers(65_536);
    const output = new Float32Array(65_536);
    return { kernel: () => sigmoid(input, output), baseline: () => sigmoidTwin(input, output) };
  }),
  bar('threshold', 'threshold, 512 x 512', () => {
    const input = numbers(CT);
    const output = new Uint8Array(CT);
    return { kernel: () => threshold(input, 0.5, output), baseline: () => thresholdTwin(input, 0.5, output) };
  }),
];
