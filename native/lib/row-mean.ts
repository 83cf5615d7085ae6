import type { FloatArray } from './float-array.js';

/**
 * Mean of `length` elements from `start`: an FP64 sum in index order, divided by `length`.
 * The order is part of the definition, because FP64 addition gives other bits in another order.
 */
export function rowMean(input: FloatArray, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += input[i] as number;
  return sum / length;
}
