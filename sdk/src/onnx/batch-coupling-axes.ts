import { broadcast } from './batch-coupling-broadcast.js';
import { type Shape, someExtent } from './batch-coupling-extent.js';
import { MIXED, shapeOf, shared } from './batch-coupling-layout.js';
import { UNKNOWN_AXIS } from './batch-coupling-reasons.js';
import {
  allFromFront,
  constantOf,
  couples,
  fromFront,
  integerOf,
  isGiven,
  keeps,
  type NodeStep,
  type OperatorRule,
  type Outcome,
  settingOf,
} from './batch-coupling-step.js';

/** ReduceSum and the like; the axes are an attribute or, in newer operator sets, an input. */
export const REDUCE: OperatorRule = { follow: reduce };

function reduce(step: NodeStep): Outcome {
  const [x = MIXED] = step.inputs;
  const stated = settingOf(step, 'axes', 1);
  if (stated === 'unknown') return couples('reduces over axes that are only known when it runs');
  const isAll = stated === 'absent' || stated.length === 0;
  if (isAll && integerOf(step, 'noop_with_empty_axes', 0) === 1) return keeps(x);
  if (isAll && x.kind === 'items') return couples('reduces over all axes, and so over the items of the batch');
  const axes = isAll ? shapeOf(x)?.map((_, axis) => axis) : allFromFront(stated, shapeOf(x)?.length);
  if (axes === undefined) return couples(UNKNOWN_AXIS);
  return reduced(step, axes, 'reduces over the axis that holds the items');
}

/** ArgMax and ArgMin, whose axis is 0 if none is stated. */
export const ARG_REDUCE: OperatorRule = {
  follow(step) {
    const axis = fromFront(integerOf(step, 'axis', 0), shapeOf(step.inputs[0])?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    return reduced(step, [axis], 'compares the items of the batch with one another');
  },
};

function reduced(step: NodeStep, axes: readonly number[], reason: string): Outcome {
  const [x = MIXED] = step.inputs;
  if (x.kind === 'items' && axes.includes(x.axis)) return couples(reason);
  const keepsAxes = integerOf(step, 'keepdims', 1) !== 0;
  const shape: Shape = keepsAxes
    ? shapeOf(x)?.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : shapeOf(x)?.filter((_, axis) => !axes.includes(axis));
  if (x.kind !== 'items') return keeps(shared(shape));
  const removed = keepsAxes ? 0 : axes.filter((axis) => axis < x.axis).length;
  return keeps({ ...x, shape, axis: x.axis - removed });
}

/** Works along one axis and keeps the shape; the axis is an attribute. */
export function alongAxis(otherwise: number, reason: string): OperatorRule {
  return { follow: (step) => along(step, integerOf(step, 'axis', otherwise), reason) };
}

function along(step: NodeStep, stated: number, reason: string): Outcome {
  const [x = MIXED] = step.inputs;
  if (x.kind !== 'items') return keeps(x);
  const axis = fromFront(stated, x.shape?.length);
  if (axis === undefined) return couples(UNKNOWN_AXIS, x);
  return axis === x.axis ? couples(reason, x) : keeps(x);
}

/** Softmax, LogSoftmax and Hardmax: along one axis from opset 13 on, before that over all axes from one on. */
export const SOFTMAX: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    if (step.opset >= 13) return along(step, integerOf(step, 'axis', -1), SHARES);
    if (x.kind !== 'items') return keeps(x);
    const axis = fromFront(integerOf(step, 'axis', 1), x.shape?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS, x);
    return axis <= x.axis ? couples(SHARES, x) : keeps(x);
  },
};

const SHARES = 'normalises over the items of the batch';

/** CumSum; the axis is an input. */
export const RUNNING_SUM: OperatorRule = {
  follow(step) {
    const [axis] = constantOf(step, 1) ?? [];
    if (axis === undefined)
      return couples('adds up along an axis that is only known when it runs', step.inputs[0] ?? MIXED);
    return along(step, axis, 'adds up from one item of the batch to the next');
  },
};

/** TopK: along the last axis if none is stated. */
export const TOP_K: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const axis = fromFront(integerOf(step, 'axis', -1), shapeOf(x)?.length);
    if (x.kind !== 'items') return keeps(shared(), shared());
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    if (axis === x.axis) return couples('picks the highest among the items of the batch');
    const found = { ...x, shape: x.shape?.map((extent, place) => (place === axis ? someExtent() : extent)) };
    return keeps(found, found);
  },
};

/** LayerNormalization and its relatives: over all axes from one on, then scale and bias. */
export const LAYER_NORM: OperatorRule = {
  follow(step) {
    const [x = MIXED, ...settings] = step.inputs;
    const axis = fromFront(integerOf(step, 'axis', -1), shapeOf(x)?.length);
    if (x.kind !== 'items') return keeps(x, shared(), shared());
    if (axis === undefined) return couples(UNKNOWN_AXIS, x);
    if (axis <= x.axis) return couples('normalises over the items of the batch', x);
    const { outputs, reason } = broadcast([x, ...settings.filter((setting) => setting !== undefined)]);
    if (reason !== undefined) return couples(reason);
    const statistic = { ...x, shape: x.shape?.map((extent, place) => (place < axis ? extent : 1)) };
    return keeps(...outputs, statistic, statistic);
  },
};

/** MeanVarianceNormalization, which normalises over axis 0 too if no axes are stated. */
export const MEAN_VARIANCE: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const axes = allFromFront(step.node.integers.get('axes') ?? [0, 2, 3], shapeOf(x)?.length);
    if (axes === undefined) return couples(UNKNOWN_AXIS, x);
    if (x.kind === 'items' && axes.includes(x.axis)) return couples('normalises over the items of the batch', x);
    return keeps(x);
  },
};

/** Trilu and EyeLike: treat each place on the last two axes differently. */
export const LAST_TWO_AXES: OperatorRule = {
  follow({ inputs: [x = MIXED] }) {
    if (x.kind === 'items' && (x.shape === undefined || x.axis >= x.shape.length - 2)) {
      return couples('treats each place in the batch differently', x);
    }
    return keeps(x);
  },
};

/** DFT; the axis is an attribute up to opset 19 and an input from opset 20 on. */
export const FOURIER: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const isInput = step.opset >= 20;
    const stated = isInput && isGiven(step, 2) ? constantOf(step, 2)?.[0] : integerOf(step, 'axis', isInput ? -2 : 1);
    if (stated === undefined) return couples('works along an axis that is only known when it runs');
    const { outputs, reason } = along(step, stated, 'transforms along the axis that holds the items');
    if (reason !== undefined) return couples(reason);
    if (x.kind !== 'items') return keeps(...outputs);
    return keeps({ ...x, shape: x.shape?.map((extent, axis) => (axis === x.axis ? extent : someExtent())) });
  },
};
