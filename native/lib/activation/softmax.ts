import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { ActivationAddon } from './addon.js';
import { softmaxTwin } from './softmax.twin.js';

/**
 * `exp(x - max) / sum(exp(x - max))` per row of `rowLength` elements. The largest element of the row
 * is subtracted first, so that no finite logit overflows; `exp` is that of `exponential.ts`, and the sum
 * runs in FP64 over eight partial sums.
 *
 * A row that holds NaN or +Infinity, or nothing but -Infinity, has no softmax: it becomes NaN.
 * `output` may be `input`.
 *
 * @param inner how far apart the elements of a row stand: 1 for the last axis of a tensor, else the
 * product of the extents behind the axis (height times width for the channels of CHW)
 */
export function softmax(input: FloatArray, rowLength: number, output: FloatArray, inner = 1): void {
  countRows('softmax', input.length, rowLength, inner);
  requireLength('softmax', 'the output', output.length, input.length);
  const addon = addonFor<ActivationAddon>(input.length);
  if (addon === undefined) softmaxTwin(input, rowLength, inner, output);
  else addon.softmax(input, rowLength, inner, output);
}
