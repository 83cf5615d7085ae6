import { type Extent, someExtent } from './batch-coupling-extent.js';
import { type ItemsLayout, MIXED, rowsOf, shapeOf, shared } from './batch-coupling-layout.js';
import { couples, integerOf, keeps, type NodeStep, type OperatorRule } from './batch-coupling-step.js';
import { windowExtents } from './batch-coupling-windows.js';

const NOT_FIRST = 'takes the first axis of its input for the batch, and the items are not on it';

/** Extents of an output after that of the items; undefined if not even their number is known. */
export type Rest = (step: NodeStep) => readonly Extent[] | undefined;

/**
 * Operators that take the first axis for the batch whatever it is: convolution, pooling,
 * normalisation of images. One layout for each output.
 */
export function firstAxis(...outputs: readonly Rest[]): OperatorRule {
  return {
    follow(step) {
      const [x = MIXED] = step.inputs;
      if (x.kind !== 'items') return keeps(...outputs.map(() => shared()));
      if (x.axis !== 0) return couples(NOT_FIRST);
      return keeps(...outputs.map((rest) => itemsFirst(x, rest(step))));
    },
  };
}

/** A tensor with the items of another on its first axis, as many rows for each. */
export function itemsFirst(x: ItemsLayout, rest: readonly Extent[] | undefined): ItemsLayout {
  return { kind: 'items', shape: x.shape && rest && [rowsOf(x), ...rest], axis: 0 };
}

/** The shape of the input. */
export const sameRest: Rest = ({ inputs: [x] }) => shapeOf(x)?.slice(1);

/** The rank of the input, with extents that are not known. */
export const someRest: Rest = ({ inputs: [x] }) => shapeOf(x)?.slice(1).map(someExtent);

/** The channels of the input, and the extents that pooling leaves. */
export const channelsRest: Rest = (step) => {
  const extents = windowExtents(step, undefined);
  return extents && [shapeOf(step.inputs[0])?.[1] ?? someExtent(), ...extents];
};

/** As many channels as the weights have, and the extents that convolution leaves. */
export function weightsRest(weights: number): Rest {
  return (step) => {
    const shape = shapeOf(step.inputs[weights]);
    const extents = windowExtents(step, shape?.slice(2));
    return extents && [shape?.[0] ?? someExtent(), ...extents];
  };
}

/** The channels of the input, and 1 for each other axis. */
export const pooledRest: Rest = ({ inputs: [x] }) =>
  shapeOf(x)
    ?.slice(1)
    .map((extent, axis) => (axis === 0 ? extent : 1));

/** A fixed number of axes with extents that are not known. */
export function restOfRank(rank: number): Rest {
  return () => Array.from({ length: rank }, someExtent);
}

/** MaxPool, whose second output numbers the places of the maxima in the whole tensor. */
export const MAX_POOL: OperatorRule = {
  follow(step) {
    if ((step.node.outputs[1] ?? '') === '') return firstAxis(channelsRest).follow(step);
    const { outputs, reason = 'numbers the places of its maxima through the whole batch' } =
      firstAxis(channelsRest).follow(step);
    return couples(reason, ...outputs);
  },
};

/** BatchNormalization: fixed statistics in inference, those of the batch in training mode. */
export const BATCH_NORM: OperatorRule = {
  follow(step) {
    const outcome = firstAxis(sameRest).follow(step);
    return outcome.reason === undefined && isTraining(step)
      ? couples('is in training mode and takes its statistics from the whole batch', ...outcome.outputs)
      : outcome;
  },
};

/** Operator sets before 14 say it with outputs that only training has, those before 7 with an attribute. */
function isTraining(step: NodeStep): boolean {
  if (step.opset < 7) return integerOf(step, 'is_test', 0) === 0;
  if (step.opset >= 14) return integerOf(step, 'training_mode', 0) !== 0;
  return step.node.outputs.slice(1).some((output) => output !== '');
}
