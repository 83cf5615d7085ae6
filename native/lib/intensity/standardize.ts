import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { IntensityAddon } from './addon.js';
import { standardizeTwin } from './standardize.twin.js';

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
  countRows('standardize', input.length, width);
  requireLength('standardize', 'std', std.length, width);
  requireLength('standardize', 'the output', output.length, input.length);
  const addon = addonFor<IntensityAddon>(input.length);
  if (addon === undefined) standardizeTwin(input, mean, std, output);
  else addon.standardize(input, Float64Array.from(mean), Float64Array.from(std), output);
}
