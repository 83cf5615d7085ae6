import { isSameExtent, someExtent } from './batch-coupling-extent.js';
import {
  type Layout,
  MIXED,
  ofShape,
  rowsOf,
  sameAxis,
  shapeOf,
  shared,
  withSomeExtents,
} from './batch-coupling-layout.js';
import { PICKS, UNKNOWN_AXIS } from './batch-coupling-reasons.js';
import { couples, fromFront, integerOf, keeps, type OperatorRule } from './batch-coupling-step.js';

/** Gather: the indices replace one axis of the data. */
export const GATHER: OperatorRule = {
  follow(step) {
    const [data = MIXED, indices = MIXED] = step.inputs;
    const [shape, picked] = [shapeOf(data), shapeOf(indices)];
    const axis = fromFront(integerOf(step, 'axis', 0), shape?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    if (data.kind === 'items' && (axis === data.axis || indices.kind === 'items')) return couples(PICKS);
    if (shape !== undefined && picked !== undefined) {
      return keeps(ofShape([...shape.slice(0, axis), ...picked, ...shape.slice(axis + 1)]));
    }
    if (indices.kind === 'items') return keeps({ kind: 'items', shape: undefined, axis: axis + indices.axis });
    if (data.kind !== 'items') return keeps(shared());
    if (data.axis < axis) return keeps({ ...data, shape: undefined });
    if (picked === undefined) return couples('picks with a tensor of indices whose rank is not known');
    return keeps({ ...data, axis: data.axis - 1 + picked.length });
  },
  data: [0, 1],
};

/** GatherElements and ScatterElements: all tensors have the same axes, and one of them is picked along. */
export const ELEMENTS: OperatorRule = {
  follow(step) {
    const [data = MIXED, indices = MIXED, updates = indices] = step.inputs;
    const axis = fromFront(integerOf(step, 'axis', 0), shapeOf(data)?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    const tensors = [data, indices, updates];
    if (tensors.every(({ kind }) => kind === 'shared')) return keeps(shared());
    const isAligned = tensors.every(
      (tensor) => sameRows(tensor, data) && tensor.kind === 'items' && tensor.axis !== axis,
    );
    if (!isAligned) return couples(PICKS);
    return keeps(step.node.opType.startsWith('Gather') ? indices : data);
  },
  data: [0, 1, 2],
};

/** Fewer rows of indices than of data are allowed, and then pick the rows of other items. */
function sameRows(left: Layout, right: Layout): boolean {
  if (left.kind !== 'items' || right.kind !== 'items' || left.axis !== right.axis) return false;
  return left === right || isSameExtent(rowsOf(left), rowsOf(right));
}

/** GatherND: items apart if they are among the batch axes of both, or if a constant table is read. */
export const GATHER_ND: OperatorRule = {
  follow(step) {
    const [data = MIXED, indices = MIXED] = step.inputs;
    const batchAxes = integerOf(step, 'batch_dims', 0);
    const rank = shapeOf(indices)?.length;
    if (indices.kind !== 'items') return data.kind === 'items' ? couples(PICKS) : keeps(shared());
    if (data.kind === 'items') {
      const isBatch = sameAxis(data, indices) && data.axis < batchAxes;
      return isBatch ? keeps({ ...indices, shape: undefined }) : couples(PICKS);
    }
    if (batchAxes > 0 || rank === undefined || indices.axis === rank - 1) return couples(PICKS);
    return keeps({ ...indices, shape: undefined });
  },
  data: [0, 1],
};

/** Compress along an axis; without one it makes a list of all values. */
export const COMPRESS: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const [stated] = step.node.integers.get('axis') ?? [];
    if (x.kind !== 'items') return keeps(shared());
    if (stated === undefined) return couples('puts the values of all items into one list');
    const axis = fromFront(stated, x.shape?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    return axis === x.axis ? couples(PICKS) : keeps(withSomeExtents(x, [axis]));
  },
};

/** ReverseSequence: along time, by a length for each item. */
export const REVERSE_SEQUENCE: OperatorRule = {
  follow(step) {
    const [x = MIXED, lengths = MIXED] = step.inputs;
    if (x.kind === 'shared' && lengths.kind === 'shared') return keeps(x);
    const isByItem = x.kind === 'items' && lengths.kind === 'items' && lengths.axis === 0;
    if (isByItem && x.axis === integerOf(step, 'batch_axis', 1)) return keeps(x);
    return couples('reverses along the axis that holds the items, or by lengths that are not those of the items', x);
  },
  data: [0, 1],
};

/** Reads the values of each item at places of its own, such as GridSample. */
export const BY_ITEM: OperatorRule = {
  follow({ inputs }) {
    const given = inputs.filter((input) => input !== undefined);
    const [x = MIXED] = given;
    if (x.kind === 'items' && x.axis === 0 && given.every((input) => sameRows(input, x))) {
      return keeps({
        kind: 'items',
        shape: shapeOf(x)?.map((extent, axis) => (axis === 0 ? extent : someExtent())),
        axis: 0,
      });
    }
    if (given.every(({ kind }) => kind === 'shared')) return keeps(shared());
    return couples('needs each of its inputs to hold the items on the first axis');
  },
  data: 'all',
};
