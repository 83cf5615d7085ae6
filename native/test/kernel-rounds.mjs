// A round through kernels of every group, by their public names, each result compared with the first
// one. Sizes are large enough that the addon computes them, and that a call takes a while.
import {
  accumulateTile,
  argmax,
  clip,
  componentStatistics,
  connectedComponents,
  createBlendWindow,
  createComponentStatistics,
  decodeRunLengths,
  encodeRunLengths,
  finishRows,
  firFilter,
  fitMacenko,
  fitReinhard,
  flipImage,
  iirFilter,
  imageToTensor,
  kaiserLowpass,
  macenkoNormalise,
  reinhardNormalise,
  removeMean,
  resampledLength,
  resamplePolyphase,
  resampleVolume,
  rescale,
  resizeImage,
  resizeToTensor,
  rgbToGray,
  sigmoid,
  softmax,
  standardize,
  threshold,
  tileWeights,
  traceContours,
  transposeImage,
  windowLevel,
  zScore,
} from '@deephealth/native';

const SIDE = 64;
const size = { width: SIDE, height: SIDE, channels: 3 };
const grid = { width: SIDE, height: SIDE };
const SECTION = [0.2, 0.4, 0.2, 1, -1.1, 0.4];
const tensor = { layout: 'CHW', scale: 1 / 255, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.2] };

const floats = Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => Math.sin(i * 0.37) * 4);
// Two stains in varying strength, and glass.
const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
  const at = Math.floor(i / 3);
  if (at % 11 === 0) return 245;
  const [h, e] = [0.2 + 0.8 * Math.abs(Math.sin(at * 0.11)), 0.2 + 0.8 * Math.abs(Math.cos(at * 0.07))];
  return 243 * Math.exp(-[0.65, 0.7, 0.29][i % 3] * h - [0.1, 0.99, 0.11][i % 3] * e);
});
const mask = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (Math.sin(i / 5) + Math.cos(i / 331) > 0.2 ? 1 : 0));
const tile = { pixels, width: SIDE, height: SIDE };

function fitted(result) {
  if (!result.isFitted) throw new Error(result.reason);
  return result.fit;
}

function into(output, run) {
  run(output);
  return output;
}

const like = () => new Float32Array(floats.length);

/** One result per kernel, each made anew. */
const ROUND = {
  softmax: () => into(like(), (o) => softmax(floats, 96, o)),
  sigmoid: () => into(like(), (o) => sigmoid(floats, o)),
  argmax: () => into(new Int32Array(128), (o) => argmax(floats, 96, o)),
  threshold: () => into(new Uint8Array(floats.length), (o) => threshold(floats, 0.5, o)),
  standardize: () => into(like(), (o) => standardize(floats, [1, 2, 3], [4, 5, 6], o)),
  removeMean: () => into(like(), (o) => removeMean(floats, 96, o)),
  zScore: () => into(like(), (o) => zScore(floats, 96, 1e-6, o)),
  clip: () => into(like(), (o) => clip(floats, -1, 1, o)),
  rescale: () => into(like(), (o) => rescale(floats, 2, -1, o)),
  windowLevel: () => into(like(), (o) => windowLevel(floats, { center: 1, width: 3, voiFunction: 'SIGMOID' }, o)),
  firFilter: () => into(like(), (o) => firFilter(floats, 768, kaiserLowpass(31, 0.3, 5), o)),
  iirFilter: () => into(like(), (o) => iirFilter(floats, 768, [SECTION, SECTION, SECTION], o)),
  resamplePolyphase: () =>
    into(new Float32Array(16 * resampledLength(768, 3, 2)), (o) => resamplePolyphase(floats, 768, 3, 2, o)),
  resizeImage: () =>
    into(new Uint8Array(33 * 21 * 3), (o) => resizeImage(pixels, size, { width: 33, height: 21 }, 'area', o)),
  resizeToTensor: () =>
    into(new Float32Array(90 * 71 * 3), (o) => {
      resizeToTensor(pixels, size, { width: 90, height: 71 }, 'cubic', tensor, o);
    }),
  imageToTensor: () => into(like(), (o) => imageToTensor(pixels, size, tensor, o)),
  flipImage: () => into(new Uint8Array(pixels.length), (o) => flipImage(pixels, size, 'horizontal', o)),
  transposeImage: () => into(new Uint8Array(pixels.length), (o) => transposeImage(pixels, size, o)),
  rgbToGray: () => into(new Uint8Array(SIDE * SIDE), (o) => rgbToGray(pixels, o)),
  resampleVolume: () =>
    into(new Float32Array(20 * 20 * 20), (o) => {
      const oblique = [1.1, 0.2, 0, 0, -0.2, 1.1, 0, 3, 0, 0.1, 0.9, 0];
      const to = { width: 20, height: 20, depth: 20 };
      resampleVolume(floats, { width: 32, height: 32, depth: 12 }, oblique, to, { interpolation: 'linear' }, o);
    }),
  components: () => into(new Int32Array(mask.length), (o) => connectedComponents(mask, grid, { connectivity: 8 }, o)),
  statistics: () => {
    const labels = new Int32Array(mask.length);
    const statistics = createComponentStatistics(connectedComponents(mask, grid, { connectivity: 4 }, labels));
    componentStatistics(labels, grid, statistics.sizes.length, statistics);
    return statistics.sums;
  },
  contours: () => traceContours(mask, grid, 4).points,
  runLengths: () =>
    into(new Uint8Array(mask.length), (o) => {
      decodeRunLengths(encodeRunLengths(mask, grid, 'column-major'), grid, 'column-major', o);
    }),
  blending: () => {
    const window = createBlendWindow(16, 3, 1, SIDE);
    const weights = tileWeights('gaussian', [16, SIDE]);
    accumulateTile(window, floats.subarray(0, 16 * 3 * SIDE), { slot: 0, top: 0, left: 0 }, weights);
    return into(new Float32Array(16 * 3 * SIDE), (o) => finishRows(window, 0, 16, o));
  },
  macenko: () =>
    into(new Uint8Array(pixels.length), (o) => {
      const fit = fitted(fitMacenko([tile]));
      macenkoNormalise(pixels, fit, { ...fit, maximumConcentrations: [1, 1.5] }, o);
    }),
  reinhard: () =>
    into(new Uint8Array(pixels.length), (o) => {
      const fit = fitted(fitReinhard([tile]));
      reinhardNormalise(tile, fit, { ...fit, means: [60, 20, -10] }, o);
    }),
};

export const KERNELS = Object.keys(ROUND);

const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const firstResults = new Map();

/** Computes every kernel once. Throws where one gives other bits than the first time. */
export function runRound() {
  for (const [name, run] of Object.entries(ROUND)) {
    const result = bytes(run());
    if (result.length === 0) throw new Error(`${name} gave nothing`);
    if (!firstResults.has(name)) firstResults.set(name, Buffer.from(result));
    else if (!result.equals(firstResults.get(name))) throw new Error(`${name} gave another result than before`);
  }
}

/** The first results in one buffer, to compare those of threads. */
export const allResults = () => Buffer.concat([...firstResults.values()]);
