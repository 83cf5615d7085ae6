import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { BlendingAddon } from './addon.js';
import { accumulateTileTwin, finishRowsTwin } from './blend-kernels.twin.js';
import type { BlendWindow, TilePlace } from './blend-window.js';
import type { TileWeights } from './tile-weights.js';

/**
 * Adds a tile to the window: `weight = max((rows[r] * height[y]) * width[x], minimum)`, then
 * `weights += weight` and `sums[c] += weight * tile[c]`, all in FP64 with a rounding per operation. The sums
 * depend on the order in which tiles are added, and on nothing else.
 *
 * Throws RangeError for lengths that do not fit, a tile that does not lie inside the window, and a minimum that is
 * not positive.
 *
 * @param tile [channels, rows, height, width], the extents of the weights' axes
 */
export function accumulateTile(window: BlendWindow, tile: Float32Array, place: TilePlace, weights: TileWeights): void {
  checkWindow('accumulateTile', window);
  const { rows, channels, height, width } = window;
  const [rowWeights, heightWeights, widthWeights] = weights.axes;
  const elements = channels * rowWeights.length * heightWeights.length * widthWeights.length;
  requireLength('accumulateTile', 'the tile', tile.length, elements);
  checkRange('accumulateTile', place.slot, 0, rows - 1);
  checkRange('accumulateTile', rowWeights.length, 0, rows);
  checkRange('accumulateTile', place.top, 0, height - heightWeights.length);
  checkRange('accumulateTile', place.left, 0, width - widthWeights.length);
  if (!(weights.minimum > 0)) throw new RangeError('accumulateTile: the least weight is positive');
  const addon = loadAddon<BlendingAddon>();
  if (addon === undefined) {
    accumulateTileTwin(window, tile, place, weights);
    return;
  }
  addon.accumulateTile(
    window.sums,
    window.weights,
    rows,
    channels,
    height,
    width,
    tile,
    place.slot,
    place.top,
    place.left,
    rowWeights,
    heightWeights,
    widthWeights,
    weights.minimum,
  );
}

/**
 * Writes the blended values of `count` rows from `slot` on, `sums[c] * (1 / weights)` in FP64, stored as FP32, and
 * clears their slots. A place of weight 0 becomes NaN.
 *
 * Throws RangeError for lengths that do not fit.
 *
 * @param output [channels, count, height, width]
 * @returns how many places of these rows no tile covered
 */
export function finishRows(window: BlendWindow, slot: number, count: number, output: Float32Array): number {
  checkWindow('finishRows', window);
  const { rows, channels, height, width } = window;
  checkRange('finishRows', slot, 0, rows - 1);
  checkRange('finishRows', count, 0, rows);
  requireLength('finishRows', 'the output', output.length, channels * count * height * width);
  const addon = loadAddon<BlendingAddon>();
  if (addon === undefined) return finishRowsTwin(window, slot, count, output);
  return addon.finishRows(window.sums, window.weights, rows, channels, height, width, slot, count, output);
}

function checkWindow(kernel: string, { rows, channels, height, width, sums, weights }: BlendWindow): void {
  requireLength(kernel, 'sums', sums.length, rows * channels * height * width);
  requireLength(kernel, 'weights', weights.length, rows * height * width);
}

function checkRange(kernel: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${kernel}: ${value} does not lie inside the window`);
}
