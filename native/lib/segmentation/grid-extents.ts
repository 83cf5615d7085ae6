/** Extents of elements laid out row-major, [height, width] or [depth, height, width], without padding. */
export interface GridExtents {
  readonly width: number;
  readonly height: number;
  /** 1 where it is left out: an image. */
  readonly depth?: number;
}

/** Labels are 32 bits, and runs are counted in them. */
const MOST_ELEMENTS = 2 ** 31 - 1;

/**
 * Number of elements of a grid.
 * Throws RangeError if an extent is no integer in [0, 2^31) or the elements are more than 2^31 - 1.
 */
export function countElements(kernel: string, extents: GridExtents): number {
  const { width, height, depth = 1 } = extents;
  for (const extent of [width, height, depth]) {
    if (!Number.isInteger(extent) || extent < 0 || extent > MOST_ELEMENTS) {
      throw new RangeError(`${kernel}: an extent is an integer from 0 to 2^31 - 1, got ${extent}`);
    }
  }
  const total = width * height * depth;
  if (total > MOST_ELEMENTS) throw new RangeError(`${kernel}: at most 2^31 - 1 elements, got ${total}`);
  return total;
}
