/**
 * What is known of one extent, or of one element of a small tensor such as a shape:
 *
 * - a number;
 * - a symbol: not known, but the same whatever the batch; equal symbols are equal extents;
 * - rows: a fixed number of them for each item of the batch;
 * - 'varying': depends on the number of items in a way that is not followed.
 */
export type Extent = number | symbol | Rows | 'varying';

/** The extent that counts the items. A Reshape may give several rows for each; a symbol is not known. */
export interface Rows {
  readonly perItem: number | symbol;
}

/** One row for each item. */
export const ITEMS: Rows = { perItem: 1 };

/** Undefined if not even the rank is known. */
export type Shape = readonly Extent[] | undefined;

export function isRows(extent: Extent | undefined): extent is Rows {
  return typeof extent === 'object';
}

/** True for what depends on how many items there are. */
export function isCount(extent: Extent | undefined): boolean {
  return isRows(extent) || extent === 'varying';
}

/** True if both are known to be equal. */
export function isSameExtent(left: Extent | undefined, right: Extent | undefined): boolean {
  if (isRows(left) && isRows(right)) return left.perItem === right.perItem;
  return left !== undefined && left !== 'varying' && left === right;
}

/** An extent that is not known but does not depend on the batch; equal only to itself. */
export function someExtent(): symbol {
  return Symbol('extent');
}

/** A number of rows for each item that is not known; equal only to itself. */
export function someRows(): Rows {
  return { perItem: someExtent() };
}

/** A number that is not known and need be no extent: it may be negative, or a fraction. */
export function someNumber(): symbol {
  return Symbol('number');
}

/** True for a number or symbol that counts something: never negative, never a fraction. */
export function isPlainExtent(value: Extent): value is number | symbol {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0;
  return typeof value === 'symbol' && value.description === 'extent';
}

/** Product of extents; a symbol if one of them is not known. */
export function product(extents: readonly Extent[]): number | symbol {
  const [only, ...others] = extents.filter((extent) => extent !== 1);
  if (typeof only === 'symbol' && others.length === 0) return only;
  let total = 1;
  for (const extent of extents) {
    if (typeof extent !== 'number') return someExtent();
    total *= extent;
  }
  return total;
}
