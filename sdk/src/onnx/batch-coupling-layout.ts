import { type Extent, isCount, isRows, type Rows, type Shape, someExtent, someRows } from './batch-coupling-extent.js';
/**
 * Where the items of a batch lie in a value of the graph.
 *
 * - shared: the same for all items and for every number of items;
 * - counts: made of the number of items and of nothing of theirs;
 * - items: each item has its own slice along `axis`, in the order of the batch;
 * - mixed: not known, or the items are not apart any more. What leads here is reported.
 */
export type Layout =
  | { readonly kind: 'shared'; readonly shape: Shape; readonly elements?: readonly Extent[] | undefined }
  | { readonly kind: 'counts'; readonly shape: Shape; readonly elements?: readonly Extent[] | undefined }
  | { readonly kind: 'items'; readonly shape: Shape; readonly axis: number }
  | { readonly kind: 'mixed' };

export type ItemsLayout = Extract<Layout, { kind: 'items' }>;

/** No tensor that an engine accepts has more axes; a forged file must not make shapes grow. */
const HIGHEST_RANK = 64;

/** A value that does not depend on the batch. */
export function shared(shape?: Shape): Layout {
  return { kind: 'shared', shape };
}

/** The value of an operator that found items and left them where they are; the rank is not known. */
export function itemsOfUnknownRank(axis: number): Layout {
  return { kind: 'items', shape: undefined, axis };
}

export const MIXED: Layout = { kind: 'mixed' };

/** The layout that a shape tells: items where it says so, mixed if it says so twice. */
export function ofShape(shape: readonly Extent[]): Layout {
  const axis = shape.findIndex(isRows);
  const isPlain = shape.filter(isCount).length === (axis === -1 ? 0 : 1) && !shape.includes('varying');
  if (shape.length > HIGHEST_RANK || !isPlain) return MIXED;
  return axis === -1 ? { kind: 'shared', shape } : { kind: 'items', shape, axis };
}

/** A scalar or list with known elements; shared unless one of them depends on the number of items. */
export function ofElements(elements: readonly Extent[], isScalar: boolean): Layout {
  const shape = isScalar ? [] : [elements.length];
  if (elements.length > HIGHEST_RANK) return { kind: elements.some(isCount) ? 'counts' : 'shared', shape };
  return { kind: elements.some(isCount) ? 'counts' : 'shared', shape, elements };
}

export function shapeOf(layout: Layout | undefined): Shape {
  return layout === undefined || layout.kind === 'mixed' ? undefined : layout.shape;
}

export function elementsOf(layout: Layout | undefined): readonly Extent[] | undefined {
  return layout?.kind === 'shared' || layout?.kind === 'counts' ? layout.elements : undefined;
}

/** True for a scalar and for a tensor that is known to hold one element. */
export function isSingleElement(layout: Layout | undefined): boolean {
  return shapeOf(layout)?.every((extent) => extent === 1) === true;
}

/** The same layout with extents that are not known along some axes; the items keep theirs. */
export function withSomeExtents(x: Layout, axes: readonly number[]): Layout {
  const itemsAxis = x.kind === 'items' ? x.axis : -1;
  const shape: Shape = shapeOf(x)?.map((extent, axis) =>
    axes.includes(axis) && axis !== itemsAxis ? someExtent() : extent,
  );
  return x.kind === 'items' ? { ...x, shape } : shared(shape);
}

/** The extent that counts the items; a number of rows that is not known if the shape is not. */
export function rowsOf({ shape, axis }: ItemsLayout): Rows {
  const extent = shape?.[axis];
  return isRows(extent) ? extent : someRows();
}

/** True if both hold items, and on the same axis from the front. */
export function sameAxis(left: Layout, right: Layout): boolean {
  return left.kind === 'items' && right.kind === 'items' && left.axis === right.axis;
}

/** The shape, or what is known of it when an operator says how many axes there are. */
export function shapeOfRank(x: Layout, rank: number): readonly Extent[] {
  const unknown = (_: unknown, axis: number) => (x.kind === 'items' && axis === x.axis ? someRows() : someExtent());
  return shapeOf(x) ?? Array.from({ length: rank }, unknown);
}
