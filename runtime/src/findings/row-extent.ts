/**
 * Values that one row of a declared shape holds; -1 if only the run tells.
 *
 * The last axis holds them, except that a lone varying extent is the batch, with one value a row, as
 * is a scalar.
 */
export function valuesPerRow(declared: readonly number[]): number {
  if (declared.length === 0 || (declared.length === 1 && declared[0] === -1)) return 1;
  return declared.at(-1) as number;
}

/** True if a tensor of this declared shape can hold a single row. */
export function canBeOneRow(declared: readonly number[]): boolean {
  return declared.slice(0, -1).every((extent) => extent === 1 || extent === -1);
}
