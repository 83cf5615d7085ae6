import type { FloatArray } from '../float-array.js';
import { exponential } from './exponential.js';

/** The twin of `sigmoid`. Its caller has checked the arguments. */
export function sigmoidTwin(input: FloatArray, output: FloatArray): void {
  for (let i = 0; i < input.length; i++) {
    const x = input[i] as number;
    const e = exponential(-Math.abs(x));
    output[i] = (x < 0 ? e : 1) / (1 + e);
  }
}
