import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { StainAddon } from './addon.js';
import { checkTile, type RgbTile } from './rgb-tile.js';
import { stainTwin } from './stain.twin.js';

/** White pixels that tissue detection sets around a tile. */
export const TISSUE_BORDER = 10;

/**
 * Grey level that separates tissue from background over all tiles together: tissue is darker.
 *
 * Otsu's method on the histogram of the grey levels (ITU-R BT.601 in 16-bit fixed point, as Pillow's
 * mode "L": `(19595 R + 38470 G + 7471 B + 32768) >> 16`), each tile with a white border of 10 pixels
 * around it: the level t whose split into `<= t` and `> t` has the largest variance between the classes,
 * the lowest of several. 255 where there is nothing but white. For one tile it is the threshold of
 * histolab 0.7; over the tiles of a slide it is one for all, so that a blank tile has no tissue, where a
 * threshold of its own would find some in its noise.
 *
 * Throws RangeError for no tile, or one whose pixels do not fill it.
 */
export function tissueThreshold(tiles: readonly RgbTile[]): number {
  for (const tile of tiles) checkTile('tissueThreshold', tile);
  return tissueThresholdWith(loadAddon<StainAddon>() ?? stainTwin, tiles);
}

/** `tissueThreshold` by the TypeScript twin. */
export function tissueThresholdTwin(tiles: readonly RgbTile[]): number {
  for (const tile of tiles) checkTile('tissueThreshold', tile);
  return tissueThresholdWith(stainTwin, tiles);
}

export function tissueThresholdWith(kernels: StainAddon, tiles: readonly RgbTile[]): number {
  if (tiles.length === 0) throw new RangeError('tissueThreshold: there is no tile');
  const total = new Float64Array(256);
  const counts = new Uint32Array(256);
  for (const { pixels, width, height } of tiles) {
    counts.fill(0);
    kernels.stainGrayHistogram(pixels, counts);
    for (let level = 0; level < 256; level++) total[level] = (total[level] as number) + (counts[level] as number);
    const bordered = (width + 2 * TISSUE_BORDER) * (height + 2 * TISSUE_BORDER);
    total[255] = (total[255] as number) + bordered - width * height;
  }
  return otsuThreshold(total);
}

/** The lowest level of the largest variance between the classes `<= level` and `> level`. */
function otsuThreshold(counts: Float64Array): number {
  let all = 0;
  let allSum = 0;
  for (let level = 0; level < counts.length; level++) {
    all += counts[level] as number;
    allSum += level * (counts[level] as number);
  }
  let best = counts.length - 1;
  let bestVariance = 0;
  let below = 0;
  let belowSum = 0;
  for (let level = 0; level < counts.length - 1; level++) {
    below += counts[level] as number;
    belowSum += level * (counts[level] as number);
    if (below === 0 || below === all) continue;
    const difference = belowSum / below - (allSum - belowSum) / (all - below);
    const variance = below * (all - below) * difference * difference;
    if (variance > bestVariance) {
      best = level;
      bestVariance = variance;
    }
  }
  return best;
}

/**
 * Writes 1 for every pixel of tissue and 0 for background, as histolab 0.7 masks a tile.
 *
 * On the tile with its white border of 10 pixels: pixels darker than `threshold`, dilated by a disc of
 * radius 2 (13 pixels), holes filled. A hole is background that cannot be reached from outside by steps
 * of -10 to +9 pixels in each axis: walls thinner than a step do not make a hole.
 *
 * @param threshold a grey level 0..255, see `tissueThreshold`
 * @param mask one byte per pixel, allocated by the caller
 */
export function tissueMask(tile: RgbTile, threshold: number, mask: Uint8Array): void {
  checkMaskArguments(tile, threshold, mask);
  const kernels = loadAddon<StainAddon>() ?? stainTwin;
  kernels.stainTissueMask(tile.pixels, tile.width, tile.height, threshold, mask);
}

/** `tissueMask` by the TypeScript twin. */
export function tissueMaskTwin(tile: RgbTile, threshold: number, mask: Uint8Array): void {
  checkMaskArguments(tile, threshold, mask);
  stainTwin.stainTissueMask(tile.pixels, tile.width, tile.height, threshold, mask);
}

function checkMaskArguments(tile: RgbTile, threshold: number, mask: Uint8Array): void {
  checkTile('tissueMask', tile);
  checkThreshold('tissueMask', threshold);
  requireLength('tissueMask', 'the mask', mask.length, tile.width * tile.height);
}

/** Throws RangeError unless the threshold is a grey level. */
export function checkThreshold(kernel: string, threshold: number): void {
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > 255) {
    throw new RangeError(`${kernel}: a tissue threshold is a grey level 0..255, got ${threshold}`);
  }
}
