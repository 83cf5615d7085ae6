import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { SegmentationAddon } from './addon.js';
import { connectedComponentsTwin } from './connected-components.twin.js';
import { type ComponentOptions, stepOrder } from './connectivity.js';
import { countElements, type GridExtents } from './grid-extents.js';

/**
 * Labels the connected components of a UINT8 mask of an image or a volume.
 *
 * Background gets 0, the components 1, 2, 3 … in raster order of their first elements (x fastest, then y,
 * then z). That order makes the labels a function of the mask alone; scipy.ndimage.label numbers in the
 * same order, cv2.connectedComponents and skimage.measure.label part alike and may number otherwise.
 *
 * Throws RangeError for lengths or extents that do not fit, for more than 2^31 - 1 elements, and for
 * connectivity 4 or 8 in a volume of several slices.
 *
 * @param labels one element per element of the mask; may not share memory with it
 * @returns the number of components
 */
export function connectedComponents(
  mask: Uint8Array,
  extents: GridExtents,
  options: ComponentOptions,
  labels: Int32Array | Uint32Array,
): number {
  const total = countElements('connectedComponents', extents);
  requireLength('connectedComponents', 'the mask', mask.length, total);
  requireLength('connectedComponents', 'the output', labels.length, total);
  const order = stepOrder('connectedComponents', options.connectivity, extents);
  const addon = loadAddon<SegmentationAddon>();
  if (addon === undefined) return connectedComponentsTwin(mask, extents, options, labels);
  const { width, height, depth = 1 } = extents;
  return addon.connectedComponents(mask, width, height, depth, order, options.byValue === true, labels);
}
