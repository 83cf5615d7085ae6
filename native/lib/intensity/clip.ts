import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { IntensityAddon } from './addon.js';
import { clipTwin } from './clip.twin.js';

/**
 * `minimum` below it, `maximum` above it, else the element itself; NaN stays NaN, and -0 counts as
 * below 0.
 * The bounds are compared in FP64 and rounded on store like any value. `output` may be `input`.
 *
 * Step `clip` of the manifest schema.
 *
 * @throws RangeError for a bound that is NaN
 */
export function clip(input: FloatArray, minimum: number, maximum: number, output: FloatArray): void {
  requireLength('clip', 'the output', output.length, input.length);
  if (Number.isNaN(minimum) || Number.isNaN(maximum)) throw new RangeError('clip: a bound is NaN');
  const addon = addonFor<IntensityAddon>(input.length);
  // A bound of -0 is one of 0.
  if (addon === undefined) clipTwin(input, minimum + 0, maximum + 0, output);
  else addon.clip(input, minimum + 0, maximum + 0, output);
}
