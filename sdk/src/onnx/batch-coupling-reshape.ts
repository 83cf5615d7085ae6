import { type Extent, isCount, isRows, product, type Shape, someExtent } from './batch-coupling-extent.js';
import {
  elementsOf,
  type ItemsLayout,
  type Layout,
  MIXED,
  ofShape,
  rowsOf,
  shapeOf,
  shared,
} from './batch-coupling-layout.js';
import { LATE_SHAPE, UNKNOWN_AXIS } from './batch-coupling-reasons.js';
import {
  couples,
  fromFront,
  integerOf,
  keeps,
  type NodeStep,
  type OperatorRule,
  type Outcome,
} from './batch-coupling-step.js';

/** Two axes: what is before an axis, and the rest. */
export const FLATTEN: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const shape = shapeOf(x);
    const axis = fromFront(integerOf(step, 'axis', 1), shape?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    const columns = shape === undefined ? someExtent() : product(shape.slice(axis));
    if (x.kind !== 'items') return keeps(shared([shape ? product(shape.slice(0, axis)) : someExtent(), columns]));
    if (axis <= x.axis) return couples('puts all items into one row');
    if (!isFirst(x)) return couples(REGROUPS);
    const perItem = product([rowsOf(x).perItem, ...(shape?.slice(x.axis + 1, axis) ?? [someExtent()])]);
    return keeps(ofShape([{ perItem }, columns]));
  },
};

/** True if the values of one item lie together: no axis before that of the items has an extent. */
function isFirst({ axis, shape }: ItemsLayout): boolean {
  return axis === 0 || shape?.slice(0, axis).every((extent) => extent === 1) === true;
}

export const RESHAPE: OperatorRule = { follow: reshape, sizes: [1] };

/**
 * The values of one item lie together, so they stay together if the first extent (after ones, or
 * after the extents that come before the items) is a multiple of the number of items or is left open.
 */
function reshape(step: NodeStep): Outcome {
  const [x = MIXED] = step.inputs;
  const shape = shapeOf(x);
  const target = elementsOf(step.inputs[1]);
  if (x.kind !== 'items') return keeps(reshapeShared(target, shapeOf(step.inputs[1])));
  if (target === undefined) return couples(LATE_SHAPE);
  if (target.includes(0) && integerOf(step, 'allowzero', 0) === 1) return couples(FIXED_ROWS);
  const wanted = target.map((extent, axis) => {
    if (extent !== 0) return extent;
    return shape?.[axis] ?? (axis === x.axis ? rowsOf(x) : someExtent());
  });
  const place = isFirst(x) ? wanted.findIndex((extent) => extent !== 1) : x.axis;
  const isSamePrefix = isFirst(x) || wanted.slice(0, place).every((extent, axis) => extent === shape?.[axis]);
  if (!isSamePrefix) return couples('moves values across the axis that holds the items, or may do so');
  const rows = wanted[place];
  if (rows === 'varying')
    return couples('computes its number of rows from the number of items in a way that is not followed');
  if (!isRows(rows) && rows !== -1) return couples(FIXED_ROWS);
  const rest = wanted.slice(place + 1);
  if (rest.some(isCount)) return couples(REGROUPS);
  const values = [rowsOf(x).perItem, ...(shape?.slice(x.axis + 1) ?? [someExtent()])];
  if (isRows(rows) && !fits(values, [rows.perItem, ...rest])) return couples(REGROUPS);
  // Rows of a fixed length start with an item only if an item is a whole number of them.
  if (rows === -1 && !isMultiple(values, rest)) return couples(REGROUPS);
  const kept = isRows(rows)
    ? rest.map((extent) => (extent === -1 ? quotient(values, [rows.perItem, ...rest]) : extent))
    : rest;
  const counted = isRows(rows) ? rows : { perItem: quotient(values, rest) };
  return keeps(ofShape([...wanted.slice(0, place), counted, ...kept]));
}

/** True if the product of some extents is a multiple of that of others, whatever the unknown ones are. */
function isMultiple(extents: readonly Extent[], of: readonly Extent[]): boolean {
  const unknown = extents.filter((extent) => typeof extent !== 'number');
  for (const extent of of) {
    if (typeof extent === 'number') continue;
    const place = unknown.indexOf(extent);
    if (place === -1) return false;
    unknown.splice(place, 1);
  }
  const divisor = knownFactor(of);
  return divisor > 0 && knownFactor(extents) % divisor === 0;
}

/**
 * False if the values of an item are known not to fill its rows. ONNX Runtime may run such a graph
 * nevertheless: it leaves a first extent open that is computed from the number of items.
 */
function fits(values: readonly Extent[], target: readonly Extent[]): boolean {
  const all = product(values);
  const wanted = product(target.filter((extent) => extent !== -1));
  if (typeof all !== 'number' || typeof wanted !== 'number') return true;
  return target.includes(-1) ? all % wanted === 0 : all === wanted;
}

function knownFactor(extents: readonly Extent[]): number {
  return extents.reduce<number>((total, extent) => (typeof extent === 'number' ? total * extent : total), 1);
}

/** What is left open, so that all values of an item find a place; a symbol if it cannot be told. */
function quotient(values: readonly Extent[], others: readonly Extent[]): number | symbol {
  const left = values.filter((extent) => extent !== 1);
  const divisors = others.filter((extent) => extent !== -1 && extent !== 1);
  for (const divisor of divisors.filter((extent) => typeof extent === 'symbol')) {
    const place = left.indexOf(divisor);
    if (place === -1) return someExtent();
    left.splice(place, 1);
  }
  return divided(product(left), knownFactor(divisors));
}

function divided(total: number | symbol, divisor: number): number | symbol {
  if (typeof total === 'symbol') return divisor === 1 ? total : someExtent();
  return Number.isInteger(total / divisor) ? total / divisor : someExtent();
}

/** A constant in a shape that depends on the batch is not followed. */
function reshapeShared(target: readonly Extent[] | undefined, targetShape: Shape): Layout {
  if (target !== undefined) {
    return shared(target.map((extent) => (typeof extent === 'number' && extent > 0 ? extent : someExtent())));
  }
  const [rank] = targetShape ?? [];
  return shared(typeof rank === 'number' && rank <= 64 ? Array.from({ length: rank }, someExtent) : undefined);
}

const FIXED_ROWS = 'puts the items into a fixed number of rows, or into one row';

const REGROUPS = 'may put values of two items into one row';
