import type { FloatArray } from './float-array.js';
import { requireLength } from './row-check.js';

/**
 * `1 / (1 + exp(-x))` per element, in FP64. For negative x it is computed as `exp(x) / (1 + exp(x))`,
 * the same value without an overflow and without losing small probabilities. `output` may be `input`.
 */
export function sigmoid(input: FloatArray, output: FloatArray): void {
  requireLength('sigmoid', 'the output', output.length, input.length);
  for (let i = 0; i < input.length; i++) {
    const x = input[i] as number;
    if (x < 0) {
      const exponential = Math.exp(x);
      output[i] = exponential / (1 + exponential);
    } else {
      output[i] = 1 / (1 + Math.exp(-x));
    }
  }
}
