import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { SegmentationAddon } from './addon.js';
import { countElements } from './grid-extents.js';
import { decodeRunLengthsTwin, type ElementOrder, encodeRunLengthsTwin } from './run-lengths.twin.js';

export type { ElementOrder };

interface ImageExtents {
  readonly width: number;
  readonly height: number;
}

/**
 * Run lengths of a UINT8 mask (not 0 is foreground): how many elements are background, then how many are
 * foreground, and so on in turn, in the given order. The first count is 0 where the first element is
 * foreground, no other is; together they are all elements. A mask of no elements has no counts.
 *
 * In column-major order these are the `counts` of COCO's uncompressed RLE, `{ size: [height, width], counts }`.
 *
 * Throws RangeError for lengths or extents that do not fit, for more than 2^31 - 1 elements, and for another
 * order.
 */
export function encodeRunLengths(mask: Uint8Array, extents: ImageExtents, order: ElementOrder): Uint32Array {
  checkMask('encodeRunLengths', mask, extents, order);
  const addon = loadAddon<SegmentationAddon>();
  if (addon === undefined) return encodeRunLengthsTwin(mask, extents, order);
  return addon.encodeRunLengths(mask, extents.width, extents.height, order === 'column-major');
}

/**
 * Writes the mask of run lengths: 0 for background, 1 for foreground. The counts may hold zeros anywhere.
 *
 * Throws RangeError as encodeRunLengths does, for a count that is no integer from 0 to 2^32 - 1, and for counts
 * that do not fill the mask exactly; the mask is then as it was.
 */
export function decodeRunLengths(
  counts: ArrayLike<number>,
  extents: ImageExtents,
  order: ElementOrder,
  mask: Uint8Array,
): void {
  checkMask('decodeRunLengths', mask, extents, order);
  const plain = counts instanceof Uint32Array ? counts : checkedCounts(counts);
  const addon = loadAddon<SegmentationAddon>();
  if (addon === undefined) decodeRunLengthsTwin(plain, extents, order, mask);
  else addon.decodeRunLengths(plain, extents.width, extents.height, order === 'column-major', mask);
}

function checkedCounts(counts: ArrayLike<number>): Uint32Array {
  const checked = new Uint32Array(counts.length);
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (!(Number.isInteger(count) && count >= 0 && count < 2 ** 32)) {
      throw new RangeError(`decodeRunLengths: a count is an integer from 0 to 2^32 - 1, got ${count}`);
    }
    checked[i] = count;
  }
  return checked;
}

function checkMask(kernel: string, mask: Uint8Array, extents: ImageExtents, order: ElementOrder): void {
  const total = countElements(kernel, { width: extents.width, height: extents.height });
  requireLength(kernel, 'the mask', mask.length, total);
  if (order !== 'row-major' && order !== 'column-major') {
    throw new RangeError(`${kernel}: the order is "row-major" or "column-major"`);
  }
}
