import { type Extent, isRows, isSameExtent, type Shape, someExtent } from './batch-coupling-extent.js';
import {
  type ItemsLayout,
  isSingleElement,
  type Layout,
  ofShape,
  rowsOf,
  shapeOf,
  shared,
} from './batch-coupling-layout.js';
import { couples, keeps, type Outcome } from './batch-coupling-step.js';

/**
 * The layout of what an operator makes that combines its inputs element by element, with the
 * broadcasting of ONNX: axes are matched from the last one on.
 */
export function broadcast(layouts: readonly Layout[]): Outcome {
  if (layouts.some(({ kind }) => kind === 'mixed')) return couples('combines tensors of shapes that are not followed');
  const items = layouts.filter((layout): layout is ItemsLayout => layout.kind === 'items');
  const [first] = items;
  if (first === undefined) return keeps(shared(broadcastShapes(layouts.map(shapeOf))));
  const others = layouts.filter((layout) => layout !== first && !isSingleElement(layout));
  if (others.length === 0 && layouts.every((layout) => !outranks(layout, first))) return keeps(first);
  if ([first, ...others].some((layout) => shapeOf(layout) === undefined)) {
    return couples('combines the items with a tensor, and the rank of one of the two is not known');
  }
  if (items.some((layout) => fromEnd(layout) !== fromEnd(first))) {
    return couples('combines tensors that hold the items on different axes, so that items meet one another');
  }
  for (const layout of others) {
    if (layout.kind === 'items') {
      if (isSameExtent(rowsOf(layout), rowsOf(first))) continue;
      return couples('combines tensors of which one may have more rows for each item than the other');
    }
    const shape = shapeOf(layout) ?? [];
    const extent = shape[shape.length - fromEnd(first)];
    if (extent !== undefined && extent !== 1) {
      return couples('has a value of its own for each place in the batch, or may have one');
    }
  }
  const shape = broadcastShapes(layouts.map(shapeOf));
  return shape === undefined ? couples('has a shape that is not known') : keeps(ofShape(shape));
}

/** One element in more axes than the items have would move the items to another axis. */
function outranks(layout: Layout, than: ItemsLayout): boolean {
  const rank = shapeOf(layout)?.length ?? 0;
  // Items have at least the axes up to their own, whatever the rank.
  return layout !== than && rank > (than.shape?.length ?? than.axis + 1);
}

function fromEnd({ shape, axis }: ItemsLayout): number {
  return (shape?.length ?? 0) - axis;
}

/** The shape that ONNX broadcasting gives; undefined if the rank is not known. */
export function broadcastShapes(shapes: readonly Shape[]): Shape {
  let result: readonly Extent[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const [longer, shorter] = shape.length > result.length ? [shape, result] : [result, shape];
    const offset = longer.length - shorter.length;
    result = longer.map((extent, axis) => (axis < offset ? extent : joinExtents(extent, shorter[axis - offset] ?? 1)));
  }
  return result;
}

function joinExtents(left: Extent, right: Extent): Extent {
  if (isSameExtent(left, right) || right === 1) return left;
  if (left === 1) return right;
  if (isRows(left) || isRows(right)) return isRows(left) ? left : right;
  // Of two extents that fit together one is 1 or both are equal, so that a number other than 1 wins.
  if (typeof left === 'number') return left;
  return typeof right === 'number' ? right : someExtent();
}
