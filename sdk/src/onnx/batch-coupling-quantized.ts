import { isSingleElement, type Layout, MIXED, shapeOf, shared } from './batch-coupling-layout.js';
import { matrixProduct } from './batch-coupling-products.js';
import {
  couples,
  fromFront,
  integerOf,
  keeps,
  type NodeStep,
  type OperatorRule,
  type Outcome,
} from './batch-coupling-step.js';

const OWN_SCALE = 'may have a scale of its own for each place in the batch';

const ONE_SCALE = 'takes one scale from the whole batch';

export const DYNAMIC_QUANTIZE: OperatorRule = {
  follow: ({ inputs: [x = MIXED] }) => couples(ONE_SCALE, x, shared([]), shared([])),
};

/** Operators of ONNX Runtime that quantise their input as DynamicQuantizeLinear does. */
export const QUANTIZES_INSIDE: OperatorRule = { follow: () => couples(ONE_SCALE), data: 'all' };

/** QuantizeLinear and DequantizeLinear: one scale, or one for each slice along an axis. */
export const QUANTIZE: OperatorRule = { follow: quantize };

function quantize(step: NodeStep): Outcome {
  const [x = MIXED, scale] = step.inputs;
  if (x.kind !== 'items' || isSingleElement(scale)) return keeps(x);
  const axis = fromFront(integerOf(step, 'axis', 1), x.shape?.length);
  if (shapeOf(scale)?.length === 1 && axis !== undefined && axis !== x.axis) return keeps(x);
  return couples(OWN_SCALE, x);
}

/**
 * Matrix product of whole numbers. A zero point or scale with several elements has one for each
 * row or column; only those of a constant may.
 */
export function quantizedMatMul(left: number, right: number, settings: readonly number[][]): OperatorRule {
  return {
    follow(step) {
      const factors = [step.inputs[left] ?? MIXED, step.inputs[right] ?? MIXED] as const;
      const [ofLeft = [], ofRight = [], ofBoth = []] = settings;
      const single = [...ofBoth, ...(isItems(factors[0]) ? ofLeft : []), ...(isItems(factors[1]) ? ofRight : [])];
      if (!single.every((input) => step.inputs[input] === undefined || isSingleElement(step.inputs[input]))) {
        return couples(OWN_SCALE);
      }
      return matrixProduct(...factors);
    },
    data: [left, right],
  };
}

function isItems({ kind }: Layout): boolean {
  return kind === 'items';
}

/** A rule for an operator on quantised values, whose scales and zero points must not be one for each item. */
export function needsSingle(rule: OperatorRule, ...settings: readonly number[]): OperatorRule {
  return {
    ...rule,
    follow: (step) =>
      settings.every((input) => step.inputs[input] === undefined || isSingleElement(step.inputs[input]))
        ? rule.follow(step)
        : couples(OWN_SCALE),
  };
}
