import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { SegmentationAddon } from './addon.js';
import type { ComponentStatistics } from './component-measures.js';
import { componentStatisticsTwin } from './component-statistics.twin.js';
import { countElements, type GridExtents } from './grid-extents.js';

/**
 * Size, bounding box and sums of positions of each labelled component.
 *
 * Positions are those of element centres counted from 0, as scipy.ndimage.center_of_mass has them. All
 * results are integers and exact: the grid is refused if a sum of positions could pass 2^53. A label that
 * does not occur has zeros throughout.
 *
 * Throws RangeError for lengths or extents that do not fit and for a label outside [0, count].
 *
 * @param labels as connectedComponents writes them; 0 is background
 */
export function componentStatistics(
  labels: Int32Array | Uint32Array,
  extents: GridExtents,
  count: number,
  output: ComponentStatistics,
): void {
  const total = countElements('componentStatistics', extents);
  const { width, height, depth = 1 } = extents;
  if (total * Math.max(width, height, depth) > 2 ** 53) {
    throw new RangeError('componentStatistics: the sums of positions could pass 2^53');
  }
  if (!Number.isInteger(count) || count < 0 || count > 2 ** 31 - 1) {
    throw new RangeError(`componentStatistics: the count is an integer from 0 to 2^31 - 1, got ${count}`);
  }
  requireLength('componentStatistics', 'the input', labels.length, total);
  requireLength('componentStatistics', 'sizes', output.sizes.length, count);
  requireLength('componentStatistics', 'boxes', output.boxes.length, 6 * count);
  requireLength('componentStatistics', 'sums', output.sums.length, 3 * count);
  const addon = loadAddon<SegmentationAddon>();
  if (addon === undefined) componentStatisticsTwin(labels, extents, count, output);
  else addon.componentStatistics(labels, width, height, depth, count, output.sizes, output.boxes, output.sums);
}
