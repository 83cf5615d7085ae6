import type { Comparison, RawTensor } from '@deephealth/sdk';
import { fp32Values } from '../fp32-tensor.js';

const COMPARE: Readonly<Record<Comparison, (value: number, bound: number) => boolean>> = {
  above: (value, bound) => value > bound,
  at_or_above: (value, bound) => value >= bound,
  below: (value, bound) => value < bound,
  at_or_below: (value, bound) => value <= bound,
};

/**
 * FP32 to BOOL, element by element. The threshold is a decimal and compared as the FP32 number nearest
 * to it, so that a value written as the same decimal is exactly at it.
 */
export function threshold(tensor: RawTensor, bound: number, comparison: Comparison): RawTensor {
  const nearest = Math.fround(bound);
  const compare = COMPARE[comparison];
  const values = fp32Values(tensor);
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) mask[i] = compare(values[i] as number, nearest) ? 1 : 0;
  return { dataType: 'BOOL', shape: tensor.shape, data: mask };
}
