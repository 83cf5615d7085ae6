import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { IntensityAddon } from './addon.js';
import { removeMeanTwin } from './remove-mean.twin.js';

/**
 * `x - mean` per row of `rowLength` elements: the row's sum in FP64 over eight partial sums, divided by
 * `rowLength`. `output` may be `input`. Step `remove_mean` of the manifest schema.
 */
export function removeMean(input: FloatArray, rowLength: number, output: FloatArray): void {
  countRows('removeMean', input.length, rowLength);
  requireLength('removeMean', 'the output', output.length, input.length);
  const addon = addonFor<IntensityAddon>(input.length);
  if (addon === undefined) removeMeanTwin(input, rowLength, output);
  else addon.removeMean(input, rowLength, output);
}
