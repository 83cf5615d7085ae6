import type { FloatArray } from '../float-array.js';
import type { NumberArray } from '../number-array.js';

/** The twin of `rescale`. Its caller has checked the arguments. */
export function rescaleTwin(input: NumberArray, slope: number, intercept: number, output: FloatArray): void {
  for (let i = 0; i < input.length; i++) output[i] = (input[i] as number) * slope + intercept;
}
