import { someExtent } from './batch-coupling-extent.js';
import { type Layout, MIXED, shapeOf, shared } from './batch-coupling-layout.js';
import { couples, integerOf, keeps, type OperatorRule, type Outcome } from './batch-coupling-step.js';

export const ONE_HOT: OperatorRule = {
  follow: (step) => oneMoreAxis(step.inputs[0] ?? MIXED, integerOf(step, 'axis', -1), someExtent()),
};

/** OneHotEncoder of the classical operators: the new axis is the last one. */
export const ONE_HOT_ENCODER: OperatorRule = {
  follow: ({ inputs: [x = MIXED] }) => oneMoreAxis(x, -1, someExtent()),
};

/** Puts zeros and ones on a new axis. */
function oneMoreAxis(x: Layout, axis: number, extent: symbol): Outcome {
  const shape = shapeOf(x);
  if (shape === undefined) {
    return x.kind === 'items' ? couples('adds an axis to a tensor whose rank is not known') : keeps(shared());
  }
  const at = axis < 0 ? shape.length + 1 + axis : axis;
  const result = [...shape.slice(0, at), extent, ...shape.slice(at)];
  return keeps(x.kind === 'items' ? { ...x, shape: result, axis: x.axis + (at <= x.axis ? 1 : 0) } : shared(result));
}
