import { type Extent, product, someExtent, someRows } from './batch-coupling-extent.js';
import { MIXED, ofElements, shapeOf, shapeOfRank, shared } from './batch-coupling-layout.js';
import { LATE_SHAPE, UNKNOWN_AXIS } from './batch-coupling-reasons.js';
import { allFromFront, couples, integerOf, keeps, type OperatorRule, settingOf } from './batch-coupling-step.js';

/** Extents of a tensor hold no data of the items, at most their number. */
export const SHAPE: OperatorRule = {
  follow(step) {
    const [x] = step.inputs;
    const shape = shapeOf(x);
    if (shape === undefined) return keeps({ kind: x?.kind === 'shared' ? 'shared' : 'counts', shape: [someExtent()] });
    const end = step.node.integers.get('end')?.[0];
    return keeps(ofElements(shape.slice(integerOf(step, 'start', 0), end), false));
  },
  sizes: [0],
};

export const SIZE: OperatorRule = {
  follow({ inputs: [x] }) {
    if (x?.kind === 'items') return keeps(ofElements([someRows()], true));
    const shape = shapeOf(x);
    if (shape === undefined) return keeps({ kind: x?.kind === 'shared' ? 'shared' : 'counts', shape: [] });
    return keeps(ofElements([product(shape)], true));
  },
  sizes: [0],
};

export const TRANSPOSE: OperatorRule = {
  follow({ node, inputs: [x = MIXED] }) {
    const shape = shapeOf(x);
    const permutation = node.integers.get('perm') ?? shape?.map((_, axis) => shape.length - 1 - axis);
    if (permutation === undefined) return couples(UNKNOWN_AXIS);
    const known = shapeOfRank(x, permutation.length);
    const result = permutation.map((axis) => known[axis] ?? someExtent());
    if (x.kind !== 'items') return keeps(shared(result));
    const axis = permutation.indexOf(x.axis);
    return axis === -1 ? couples(UNKNOWN_AXIS) : keeps({ ...x, shape: result, axis });
  },
};

export const SQUEEZE: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const stated = settingOf(step, 'axes', 1);
    if (stated === 'unknown') return couples(LATE_SHAPE);
    const shape = shapeOf(x);
    if (stated === 'absent') {
      if (x.kind === 'items') return couples('removes the axis of the items when a batch has one item');
      return keeps(
        shared(
          shape?.every((extent) => typeof extent === 'number') ? shape.filter((extent) => extent !== 1) : undefined,
        ),
      );
    }
    const axes = allFromFront(stated, shape?.length);
    if (axes === undefined) return couples(UNKNOWN_AXIS);
    const result = shape?.filter((_, axis) => !axes.includes(axis));
    if (x.kind !== 'items') return keeps(shared(result));
    if (axes.includes(x.axis)) return couples('removes the axis of the items');
    return keeps({ ...x, shape: result, axis: x.axis - axes.filter((axis) => axis < x.axis).length });
  },
};

export const UNSQUEEZE: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const stated = settingOf(step, 'axes', 1);
    const shape = shapeOf(x);
    if (typeof stated === 'string') return couples(LATE_SHAPE);
    const axes = allFromFront(stated, shape && shape.length + stated.length);
    if (axes === undefined) return couples(UNKNOWN_AXIS);
    const ordered = [...axes].sort((left, right) => left - right);
    const result: Extent[] | undefined = shape && [...shape];
    for (const axis of ordered) result?.splice(axis, 0, 1);
    if (x.kind !== 'items') return keeps(shared(result));
    const place = ordered.reduce((axis, inserted) => (inserted <= axis ? axis + 1 : axis), x.axis);
    return keeps({ ...x, shape: result, axis: place });
  },
};
