/**
 * Number of rows of `rowLength` elements in `length` elements, which stand in blocks of `inner` rows.
 * Throws RangeError if the rows do not fill them exactly: a fault of the calling code, not of data.
 */
export function countRows(kernel: string, length: number, rowLength: number, inner = 1): number {
  if (!Number.isInteger(rowLength) || rowLength < 1) {
    throw new RangeError(`${kernel}: a row needs at least one element, got a length of ${rowLength}`);
  }
  if (!Number.isInteger(inner) || inner < 1) {
    throw new RangeError(`${kernel}: elements of a row stand at least one apart, got ${inner}`);
  }
  const blocks = length / (rowLength * inner);
  if (!Number.isInteger(blocks)) {
    const what = inner === 1 ? `rows of ${rowLength}` : `rows of ${rowLength}, ${inner} apart`;
    throw new RangeError(`${kernel}: ${length} elements are no whole ${what}`);
  }
  return blocks * inner;
}

/** Throws RangeError unless a caller-allocated output has the length that the kernel fills. */
export function requireLength(kernel: string, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`${kernel}: ${what} needs ${expected} elements, got ${actual}`);
}
