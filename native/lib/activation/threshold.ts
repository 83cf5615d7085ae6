import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ActivationAddon } from './addon.js';
import { thresholdTwin } from './threshold.twin.js';

/**
 * A mask: 1 where `x >= bound`, compared in FP64, else 0.
 *
 * @returns how many elements are NaN. Their mask is 0, but they lie on neither side: a caller for whom
 * that matters refuses the result unless this is 0.
 * @throws RangeError for a bound that is NaN
 */
export function threshold(input: FloatArray, bound: number, output: Uint8Array): number {
  requireLength('threshold', 'the output', output.length, input.length);
  if (Number.isNaN(bound)) throw new RangeError('threshold: the bound is NaN');
  const addon = addonFor<ActivationAddon>(input.length);
  return addon === undefined ? thresholdTwin(input, bound, output) : addon.threshold(input, bound, output);
}
