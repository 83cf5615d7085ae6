import type { FloatArray } from '../float-array.js';

/** The twin of `clip`. Its caller has checked the arguments. */
export function clipTwin(input: FloatArray, minimum: number, maximum: number, output: FloatArray): void {
  for (let i = 0; i < input.length; i++) {
    output[i] = Math.min(Math.max(input[i] as number, minimum), maximum);
  }
}
