import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { SegmentationAddon } from './addon.js';
import type { Contours } from './contours.js';
import { countElements } from './grid-extents.js';
import { traceContoursTwin } from './trace-contours.twin.js';

/** Corners are counted in 32 bits. */
const MOST_PIXELS = 2 ** 29;

/**
 * The outlines of a UINT8 mask (not 0 is foreground) as rings of pixel corners.
 *
 * Rings run along the cracks between pixels, on the grid whose point (0, 0) is the upper left corner of the
 * first pixel and (width, height) the lower right corner of the last; y runs down. Only corners where a
 * ring turns are listed. Pixel (x, y) covers [x, x + 1] x [y, y + 1], so what a ring encloses is counted
 * exactly by the shoelace formula, `sum(x[i] * y[i + 1] - x[i + 1] * y[i]) / 2`: an outer ring has a
 * positive area, a hole a negative one, and all areas together are the number of foreground pixels.
 * (A positive area is "counter-clockwise" where y runs up, as GeoJSON has it; on a screen it is clockwise.)
 *
 * With connectivity 4, pixels that share only a corner belong to two outer rings, and holes that share only
 * a corner are one hole. With 8 it is the other way about. There is one outer ring per connected component.
 * A ring may pass through a corner twice, where parts of what it encloses touch; it never crosses itself.
 *
 * Rings are numbered in raster order of their first corner, the leftmost of their uppermost; an outer ring
 * thus comes before its holes, and outer rings in the order of the labels of connectedComponents.
 *
 * Throws RangeError for lengths or extents that do not fit, for more than 2^29 pixels, and for another
 * connectivity.
 */
export function traceContours(
  mask: Uint8Array,
  extents: { readonly width: number; readonly height: number },
  connectivity: 4 | 8,
): Contours {
  const total = countElements('traceContours', { width: extents.width, height: extents.height });
  if (total > MOST_PIXELS) throw new RangeError(`traceContours: at most 2^29 pixels, got ${total}`);
  requireLength('traceContours', 'the mask', mask.length, total);
  if (connectivity !== 4 && connectivity !== 8) {
    throw new RangeError(`traceContours: connectivity is 4 or 8, got ${connectivity as number}`);
  }
  const addon = loadAddon<SegmentationAddon>();
  if (addon === undefined) return traceContoursTwin(mask, extents, connectivity);
  const traced = addon.traceContours(mask, extents.width, extents.height, connectivity === 8);
  const [points, ringStarts, outerOf] = traced;
  return { points, ringStarts, outerOf };
}
