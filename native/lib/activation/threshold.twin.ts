import type { FloatArray } from '../float-array.js';

/** The twin of `threshold`. Its caller has checked the arguments. */
export function thresholdTwin(input: FloatArray, bound: number, output: Uint8Array): number {
  let nans = 0;
  for (let i = 0; i < input.length; i++) {
    const x = input[i] as number;
    output[i] = x >= bound ? 1 : 0;
    if (Number.isNaN(x)) nans++;
  }
  return nans;
}
