import { type Extent, someExtent } from './batch-coupling-extent.js';
import { type Layout, MIXED, sameAxis, shapeOf, withSomeExtents } from './batch-coupling-layout.js';
import { PICKS, UNKNOWN_AXIS } from './batch-coupling-reasons.js';
import {
  allFromFront,
  couples,
  fromFront,
  integerOf,
  keeps,
  type NodeStep,
  type OperatorRule,
  settingOf,
} from './batch-coupling-step.js';

export const SLICE: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const [starts, ends] = [settingOf(step, 'starts', 1), settingOf(step, 'ends', 2)];
    const [stated, strides] = [settingOf(step, 'axes', 3), settingOf(step, 'steps', 4)];
    const axes = slicedAxes(step, stated);
    if (axes === undefined) return couples('cuts along axes that are only known when it runs');
    const counted = allFromFront(axes, shapeOf(x)?.length);
    if (counted === undefined) return couples(UNKNOWN_AXIS);
    const place = x.kind === 'items' ? counted.indexOf(x.axis) : -1;
    const isWhole = at(starts, place) === 0 && (at(ends, place) ?? 0) >= WHOLE_AXIS && (at(strides, place) ?? 1) === 1;
    if (place !== -1 && (!isWhole || strides === 'unknown')) return couples(PICKS);
    return keeps(withSomeExtents(x, counted));
  },
};

/** Exporters cut "to the end" with the highest INT32 or INT64. */
const WHOLE_AXIS = 2 ** 31 - 1;

function slicedAxes(step: NodeStep, stated: ReturnType<typeof settingOf>): readonly number[] | undefined {
  if (stated === 'unknown') return undefined;
  if (stated !== 'absent') return stated;
  const count = step.node.integers.get('starts')?.length ?? shapeOf(step.inputs[1])?.[0];
  return typeof count === 'number' && count <= 64 ? Array.from({ length: count }, (_, axis) => axis) : undefined;
}

function at(setting: ReturnType<typeof settingOf>, place: number): number | undefined {
  return typeof setting === 'string' ? undefined : setting[place];
}

export const CONCAT: OperatorRule = {
  follow(step) {
    const parts = step.inputs.filter((input) => input !== undefined);
    const [first = MIXED] = parts;
    const axis = fromFront(integerOf(step, 'axis', 1), shapeOf(first)?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    if (parts.every(({ kind }) => kind === 'shared')) return keeps(withSomeExtents(first, [axis]));
    if (!parts.every((part) => sameAxis(part, first))) {
      return couples('joins tensors of which one does not hold the items, or holds them on another axis');
    }
    if (first.kind === 'items' && first.axis === axis)
      return couples('joins tensors along the axis that holds the items');
    const total = parts.reduce<Extent>((sum, part) => addExtents(sum, shapeOf(part)?.[axis] ?? someExtent()), 0);
    return keeps(withExtent(first, axis, total));
  },
  data: 'all',
};

function addExtents(left: Extent, right: Extent): Extent {
  return typeof left === 'number' && typeof right === 'number' ? left + right : someExtent();
}

function withExtent(x: Layout, axis: number, extent: Extent): Layout {
  const changed = withSomeExtents(x, [axis]);
  const shape = shapeOf(changed)?.map((found, place) => (place === axis ? extent : found));
  return changed.kind === 'mixed' ? changed : { ...changed, shape };
}

export const SPLIT: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const axis = fromFront(integerOf(step, 'axis', 0), shapeOf(x)?.length);
    if (axis === undefined) return couples(UNKNOWN_AXIS);
    if (x.kind === 'items' && x.axis === axis) return couples('parts the items of the batch from one another');
    const part = withSomeExtents(x, [axis]);
    return { outputs: step.node.outputs.map(() => part) };
  },
};
