import type { FloatArray } from './float-array.js';
import { countRows, requireLength } from './row-check.js';

/**
 * `(x - mean[i]) / std[i]`, i being the position in the last axis, which has `mean.length` elements.
 * FP64 subtraction, then FP64 division, one rounding on store. `output` may be `input`.
 *
 * Step `standardize` of the manifest schema.
 */
export function standardize(
  input: FloatArray,
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
  output: FloatArray,
): void {
  const width = mean.length;
  const rows = countRows('standardize', input.length, width);
  requireLength('standardize', 'std', std.length, width);
  requireLength('standardize', 'the output', output.length, input.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) {
      const at = row * width + i;
      output[at] = ((input[at] as number) - (mean[i] as number)) / (std[i] as number);
    }
  }
}
