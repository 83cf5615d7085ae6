import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { StainAddon } from './addon.js';
import type { ReinhardFit } from './fit-reinhard.js';
import { labTables } from './lab-tables.js';
import { checkTile, type RgbTile } from './rgb-tile.js';
import { stainTwin } from './stain.twin.js';
import { checkThreshold } from './tissue-mask.js';

/**
 * Gives the tissue of a tile the colours of another slide.
 *
 * Under `tissueMask` with the source's threshold, each of L, a and b becomes
 * `x * (target deviation / source deviation) + (target mean - source mean * that)`, and the nearest byte
 * per channel is written, what lies outside of sRGB being clipped per channel. Pixels outside of the mask
 * keep their bytes: a tile without a pixel darker than the slide's threshold stays as it is.
 *
 * The threshold of the slide decides, where histolab takes one per tile; for a fit on the tile itself that
 * is the same.
 *
 * @param source what `fitReinhard` found on the slide that the tile is of
 * @param target what it found on the slide to look like
 * @param output of the length of the tile's pixels; may be those themselves
 * Throws RangeError for lengths that do not fit, and for fits that are not of `fitReinhard`: numbers that
 * are not finite or standard deviations not above 0.
 */
export function reinhardNormalise(tile: RgbTile, source: ReinhardFit, target: ReinhardFit, output: Uint8Array): void {
  reinhardNormaliseWith(loadAddon<StainAddon>() ?? stainTwin, tile, source, target, output);
}

/** `reinhardNormalise` by the TypeScript twin. */
export function reinhardNormaliseTwin(
  tile: RgbTile,
  source: ReinhardFit,
  target: ReinhardFit,
  output: Uint8Array,
): void {
  reinhardNormaliseWith(stainTwin, tile, source, target, output);
}

function reinhardNormaliseWith(
  kernels: StainAddon,
  tile: RgbTile,
  source: ReinhardFit,
  target: ReinhardFit,
  output: Uint8Array,
): void {
  checkTile('reinhardNormalise', tile);
  requireLength('reinhardNormalise', 'the output', output.length, tile.pixels.length);
  for (const fit of [source, target]) checkFit(fit);
  checkThreshold('reinhardNormalise', source.tissueThreshold);
  const coefficients = new Float64Array(6);
  for (const k of [0, 1, 2] as const) {
    const factor = target.standardDeviations[k] / source.standardDeviations[k];
    coefficients[k] = factor;
    coefficients[3 + k] = target.means[k] - source.means[k] * factor;
  }
  if (!coefficients.every(Number.isFinite)) throw new RangeError('reinhardNormalise: these are no fits of slides');
  const mask = new Uint8Array(tile.width * tile.height);
  kernels.stainTissueMask(tile.pixels, tile.width, tile.height, source.tissueThreshold, mask);
  const { rows, root, matrix, base, threshold } = labTables();
  kernels.stainLabTransfer(tile.pixels, mask, rows, root, matrix, base, threshold, coefficients, output);
}

function checkFit(fit: ReinhardFit): void {
  requireLength('reinhardNormalise', 'means', fit.means.length, 3);
  requireLength('reinhardNormalise', 'standard deviations', fit.standardDeviations.length, 3);
  if (!fit.standardDeviations.every((value) => value > 0)) {
    throw new RangeError('reinhardNormalise: standard deviations are above 0');
  }
}
