import type { FloatArray } from './float-array.js';
import { requireLength } from './row-check.js';

/**
 * `minimum` below it, `maximum` above it, else the element itself; NaN stays NaN, and -0 counts as
 * below 0.
 * The bounds are compared in FP64 and rounded on store like any value. `output` may be `input`.
 *
 * Step `clip` of the manifest schema.
 */
export function clip(input: FloatArray, minimum: number, maximum: number, output: FloatArray): void {
  requireLength('clip', 'the output', output.length, input.length);
  for (let i = 0; i < input.length; i++) {
    output[i] = Math.min(Math.max(input[i] as number, minimum), maximum);
  }
}
