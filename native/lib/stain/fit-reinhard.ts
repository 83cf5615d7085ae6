import { loadAddon } from '../load-addon.js';
import type { StainAddon } from './addon.js';
import { labTables } from './lab-tables.js';
import { OPTICAL_DENSITY } from './optical-density.js';
import { checkTile, type RgbTile } from './rgb-tile.js';
import { stainTwin } from './stain.twin.js';
import { minimumTissue, type StainFitOptions, type StainFitResult, totalOfLanes } from './stain-fit.js';
import { tissueThresholdWith } from './tissue-mask.js';

/** What Reinhard's method finds on a slide. Plain numbers: it can be kept as JSON. */
export interface ReinhardFit {
  /** Means of L, a and b over the tissue. */
  readonly means: readonly [number, number, number];
  /** Population standard deviations of L, a and b over the tissue. */
  readonly standardDeviations: readonly [number, number, number];
  /** Grey level that separates tissue from background on this slide, see `tissueThreshold`. */
  readonly tissueThreshold: number;
  /** Stained pixels under the tissue mask. */
  readonly tissuePixels: number;
}

/** A standard deviation that is less is rounding of bytes, not colour. */
const LEAST_DEVIATION = 1e-3;

/**
 * Fits the colours of a slide by Reinhard's method, on the tissue of one or more of its tiles.
 *
 * LAB is CIELAB under D65 (2 degrees) with the constants of scikit-image; its cube root is piecewise
 * linear in 4096 pieces, at most 0.003 away in a and b and far less outside of near black. Tissue is
 * `tissueMask` with the threshold of all tiles together. Means and population standard deviations come
 * from one-pass sums in FP64; the k-th pixel of a tile adds to partial sum k mod 8, which runs over the
 * tiles, and the eight are added in order. For one tile it is what histolab 0.7 computes.
 *
 * Memory beyond the tiles: a byte per pixel of the largest.
 *
 * @returns the fit, or `too little tissue` for fewer stained pixels than the options ask for, or `no
 *   colour variation` where a standard deviation is below 0.001.
 * Throws RangeError for no tile, or one whose pixels do not fill it.
 */
export function fitReinhard(tiles: readonly RgbTile[], options: StainFitOptions = {}): StainFitResult<ReinhardFit> {
  return fitReinhardWith(loadAddon<StainAddon>() ?? stainTwin, tiles, options);
}

/** `fitReinhard` by the TypeScript twin. */
export function fitReinhardTwin(tiles: readonly RgbTile[], options: StainFitOptions = {}): StainFitResult<ReinhardFit> {
  return fitReinhardWith(stainTwin, tiles, options);
}

function fitReinhardWith(
  kernels: StainAddon,
  tiles: readonly RgbTile[],
  options: StainFitOptions,
): StainFitResult<ReinhardFit> {
  const minimum = minimumTissue('fitReinhard', options);
  for (const tile of tiles) checkTile('fitReinhard', tile);
  const threshold = tissueThresholdWith(kernels, tiles);
  const { rows, root } = labTables();
  const sums = new Float64Array(48);
  const densities = new Float64Array(72);
  let masked = 0;
  let tissuePixels = 0;
  const space = new Uint8Array(Math.max(...tiles.map(({ width, height }) => width * height)));
  for (const { pixels, width, height } of tiles) {
    const mask = space.subarray(0, width * height);
    kernels.stainTissueMask(pixels, width, height, threshold, mask);
    masked += kernels.stainLabMoments(pixels, mask, rows, root, sums);
    tissuePixels += kernels.stainDensityMoments(pixels, mask, OPTICAL_DENSITY, densities);
  }
  if (tissuePixels < minimum) return { isFitted: false, reason: 'too little tissue', tissuePixels };
  const mean = (k: number) => totalOfLanes(sums, k) / masked;
  const means = [mean(0), mean(1), mean(2)] as const;
  const deviation = (k: 0 | 1 | 2) => Math.sqrt(Math.max(mean(3 + k) - means[k] * means[k], 0));
  const standardDeviations = [deviation(0), deviation(1), deviation(2)] as const;
  if (!standardDeviations.every((value) => value >= LEAST_DEVIATION)) {
    return { isFitted: false, reason: 'no colour variation', tissuePixels };
  }
  return { isFitted: true, fit: { means, standardDeviations, tissueThreshold: threshold, tissuePixels } };
}
