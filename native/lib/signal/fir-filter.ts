import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { SignalAddon } from './addon.js';
import { firFilterTwin } from './fir-filter.twin.js';
import { requireFinite } from './require-finite.js';

/**
 * `y[n] = sum over k of taps[k] * x[n - k]` per row of `rowLength` samples: a causal filter in direct
 * form, as `scipy.signal.lfilter(taps, 1, x)`. Samples before the first are 0. The sum runs in FP64 in
 * the order of k, with one rounding on store. NaN and infinities spread over as many samples as there
 * are taps. The output does not overlap the input.
 *
 * @param taps at least one, finite
 */
export function firFilter(input: FloatArray, rowLength: number, taps: ArrayLike<number>, output: FloatArray): void {
  countRows('firFilter', input.length, rowLength);
  requireLength('firFilter', 'the output', output.length, input.length);
  const checked = requireFinite('firFilter', 'taps', taps);
  const addon = addonFor<SignalAddon>(input.length);
  if (addon === undefined) firFilterTwin(input, rowLength, checked, output);
  else addon.firFilter(input, rowLength, checked, output);
}
