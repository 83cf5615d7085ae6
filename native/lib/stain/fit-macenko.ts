import { loadAddon } from '../load-addon.js';
import type { StainAddon } from './addon.js';
import { BINS, histogramPercentile } from './histogram-percentile.js';
import { OPTICAL_DENSITY } from './optical-density.js';
import { cross, dot, principalAxes, unit, type Vector } from './principal-axes.js';
import { checkTile, type RgbTile } from './rgb-tile.js';
import { stainTwin } from './stain.twin.js';
import { minimumTissue, type StainFitOptions, type StainFitResult, totalOfLanes } from './stain-fit.js';
import { unmixingMatrix } from './stain-matrix.js';
import { tissueThresholdWith } from './tissue-mask.js';

/** What Macenko's method finds on a slide. Plain numbers: it can be kept as JSON. */
export interface MacenkoFit {
  /**
   * Optical density per unit of stain, 3 x 2 row by row: red, green, blue of haematoxylin (first
   * column) and of eosin (second column). Columns have the length 1.
   */
  readonly stainMatrix: readonly [number, number, number, number, number, number];
  /** 99th percentiles of the concentrations of haematoxylin and eosin over all pixels. */
  readonly maximumConcentrations: readonly [number, number];
  /** 99th percentile of what the two stains leave over, along the cross product of their vectors. */
  readonly maximumResidual: number;
  /** Stained pixels under the tissue mask that the stain vectors come from. */
  readonly tissuePixels: number;
}

/** The direction of haematoxylin that decides which of two stains it is. */
const HAEMATOXYLIN: Vector = [0.65, 0.7, 0.29];

/** Concentrations from -2 to 14, the residual from -1 to 1. */
const FIRST = [-2, -2, -1] as const;
const BINS_PER_UNIT = [1024, 1024, 8192] as const;

/** Sine of the least angle between two stains, 1.7 degrees. */
const LEAST_SINE = 0.03;

/**
 * Fits the stains of a slide by Macenko's method, on the tissue of one or more of its tiles.
 *
 * For one tile it is what histolab 0.7 computes, but for the bins of the percentiles:
 *
 * 1. Optical density of a byte: `-ln((v + 1) / 240)`.
 * 2. Tissue: `tissueMask` with the threshold of all tiles together, less the pixels with an optical
 *    density below 0.15 in some channel (a byte above 205).
 * 3. Principal axes of the covariance of the tissue's optical densities. One-pass sums in FP64; the k-th
 *    pixel of a tile adds to partial sum k mod 8, which runs over the tiles, and the eight are added in order.
 * 4. Angles in the plane of the two largest axes, oriented so that the mean has a positive part along the
 *    largest. Their 1st and 99th percentile are the stains' directions. Angles of all tiles go to one
 *    histogram: 16384 bins over the full turn, of at most 5e-4 rad.
 * 5. Haematoxylin is the direction with the larger absolute product with (0.65, 0.70, 0.29).
 * 6. Concentrations of all pixels of all tiles by the inverse of the matrix of both stains and the unit
 *    vector of their cross product; 99th percentiles from histograms with bins of 1/1024, and 1/8192 for
 *    the cross product's.
 *
 * Memory beyond the tiles: a byte per pixel for the masks, and one megabyte.
 *
 * Blank tiles among others do no harm to steps 2 to 5, but lower the percentiles of step 6: choose tiles
 * that show tissue.
 *
 * @returns the fit, or `too little tissue` for fewer stained pixels than the options ask for, or
 *   `stains not separable` for directions closer than 1.7 degrees or a stain without concentration.
 * Throws RangeError for no tile, or one whose pixels do not fill it.
 */
export function fitMacenko(tiles: readonly RgbTile[], options: StainFitOptions = {}): StainFitResult<MacenkoFit> {
  return fitMacenkoWith(loadAddon<StainAddon>() ?? stainTwin, tiles, options);
}

/** `fitMacenko` by the TypeScript twin. */
export function fitMacenkoTwin(tiles: readonly RgbTile[], options: StainFitOptions = {}): StainFitResult<MacenkoFit> {
  return fitMacenkoWith(stainTwin, tiles, options);
}

function fitMacenkoWith(
  kernels: StainAddon,
  tiles: readonly RgbTile[],
  options: StainFitOptions,
): StainFitResult<MacenkoFit> {
  const minimum = minimumTissue('fitMacenko', options);
  for (const tile of tiles) checkTile('fitMacenko', tile);
  const threshold = tissueThresholdWith(kernels, tiles);
  const sums = new Float64Array(72);
  let tissuePixels = 0;
  const masks = tiles.map(({ pixels, width, height }) => {
    const mask = new Uint8Array(width * height);
    kernels.stainTissueMask(pixels, width, height, threshold, mask);
    tissuePixels += kernels.stainDensityMoments(pixels, mask, OPTICAL_DENSITY, sums);
    return mask;
  });
  if (tissuePixels < minimum) return { isFitted: false, reason: 'too little tissue', tissuePixels };
  const [first, second] = stainPlane(sums, tissuePixels);

  const angles = new Uint32Array(BINS);
  const axes = Float64Array.of(...second, ...first);
  tiles.forEach(({ pixels }, i) => {
    kernels.stainDensityAngles(pixels, masks[i] as Uint8Array, OPTICAL_DENSITY, axes, angles);
  });
  const low = direction(histogramPercentile(angles, 0.01), second, first);
  const high = direction(histogramPercentile(angles, 0.99), second, first);
  const normal = cross(low, high);
  if (!(dot(normal, normal) >= LEAST_SINE * LEAST_SINE)) {
    return { isFitted: false, reason: 'stains not separable', tissuePixels };
  }
  const isInOrder = Math.abs(dot(HAEMATOXYLIN, low)) >= Math.abs(dot(HAEMATOXYLIN, high));
  const [h, e] = isInOrder ? [low, high] : [high, low];
  const stainMatrix = [h[0], e[0], h[1], e[1], h[2], e[2]] as const;

  const [haematoxylin, eosin, maximumResidual] = maximumConcentrations(kernels, tiles, stainMatrix);
  if (!(haematoxylin > 0 && eosin > 0)) return { isFitted: false, reason: 'stains not separable', tissuePixels };
  const fit = { stainMatrix, maximumConcentrations: [haematoxylin, eosin] as const, maximumResidual, tissuePixels };
  return { isFitted: true, fit };
}

/** The two largest principal axes; the mean has a positive part along the first. */
function stainPlane(sums: Float64Array, count: number): [Vector, Vector] {
  const total = (k: number) => totalOfLanes(sums, k);
  const mean: Vector = [total(0) / count, total(1) / count, total(2) / count];
  const [first, second] = principalAxes([
    total(3) / count - mean[0] * mean[0],
    total(4) / count - mean[1] * mean[1],
    total(5) / count - mean[2] * mean[2],
    total(6) / count - mean[0] * mean[1],
    total(7) / count - mean[0] * mean[2],
    total(8) / count - mean[1] * mean[2],
  ]);
  return dot(mean, first) < 0 ? [[-first[0], -first[1], -first[2]], second] : [first, second];
}

/** The unit vector at a bin of the diamond angle, from axis `a` towards axis `b`. */
function direction(bin: number, a: Vector, b: Vector): Vector {
  const diamond = bin / (BINS / 4) - 2;
  const x = 1 - Math.abs(diamond);
  const y = diamond < 0 ? Math.abs(x) - 1 : 1 - Math.abs(x);
  return unit([x * a[0] + y * b[0], x * a[1] + y * b[1], x * a[2] + y * b[2]]);
}

/** 99th percentiles of the concentrations of both stains and of the residual. */
function maximumConcentrations(
  kernels: StainAddon,
  tiles: readonly RgbTile[],
  stainMatrix: MacenkoFit['stainMatrix'],
): [number, number, number] {
  const unmixing = unmixingMatrix(stainMatrix);
  const rows = new Float64Array(3 * 256 * 4);
  for (let c = 0; c < 3; c++) {
    for (let v = 0; v < 256; v++) {
      for (let j = 0; j < 3; j++) {
        const bins = BINS_PER_UNIT[j] as number;
        const concentration = (unmixing[3 * j + c] as number) * (OPTICAL_DENSITY[v] as number);
        rows[(c * 256 + v) * 4 + j] = (c === 0 ? concentration - (FIRST[j] as number) : concentration) * bins;
      }
    }
  }
  const counts = new Uint32Array(3 * BINS);
  for (const { pixels } of tiles) kernels.stainRowSumHistograms(pixels, rows, counts);
  const percentile = (j: 0 | 1 | 2) => {
    return histogramPercentile(counts.subarray(j * BINS, (j + 1) * BINS), 0.99) / BINS_PER_UNIT[j] + FIRST[j];
  };
  return [percentile(0), percentile(1), percentile(2)];
}
