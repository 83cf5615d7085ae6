/**
 * Number of rows of `rowLength` elements in `length` elements.
 * Throws RangeError if the rows do not fill them exactly: a fault of the calling code, not of data.
 */
export function countRows(kernel: string, length: number, rowLength: number): number {
  if (!Number.isInteger(rowLength) || rowLength < 1) {
    throw new RangeError(`${kernel}: a row needs at least one element, got a length of ${rowLength}`);
  }
  const rows = length / rowLength;
  if (!Number.isInteger(rows)) throw new RangeError(`${kernel}: ${length} elements are no whole rows of ${rowLength}`);
  return rows;
}

/** Throws RangeError unless a caller-allocated output has the length that the kernel fills. */
export function requireLength(kernel: string, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`${kernel}: ${what} needs ${expected} elements, got ${actual}`);
}
