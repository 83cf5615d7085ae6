import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { IntensityAddon } from './addon.js';
import { zScoreTwin } from './z-score.twin.js';

/**
 * `(x - mean) / max(std, epsilon)` per row of `rowLength` elements.
 *
 * std is that of a population: the square root of the mean of the squared deviations, which are summed
 * after the mean is known (two passes, so no cancellation). Both sums run in FP64 over eight partial
 * sums. A row that holds NaN or an infinity becomes NaN. `output` may be `input`.
 *
 * Step `z_score` of the manifest schema.
 */
export function zScore(input: FloatArray, rowLength: number, epsilon: number, output: FloatArray): void {
  countRows('zScore', input.length, rowLength);
  requireLength('zScore', 'the output', output.length, input.length);
  if (Number.isNaN(epsilon)) throw new RangeError('zScore: epsilon is NaN');
  const addon = addonFor<IntensityAddon>(input.length);
  if (addon === undefined) zScoreTwin(input, rowLength, epsilon, output);
  else addon.zScore(input, rowLength, epsilon, output);
}
