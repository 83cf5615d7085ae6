import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import type { NumberArray } from '../number-array.js';
import { requireLength } from '../row-check.js';
import type { IntensityAddon } from './addon.js';
import { rescaleTwin } from './rescale.twin.js';

/**
 * `x * slope + intercept` per element: stored values to those of the modality, such as Hounsfield units
 * (DICOM PS3.3, C.11.1.1.2; the rescale of NIfTI's scl_slope and scl_inter is the same). FP64 product,
 * FP64 sum, one rounding on store. The output does not overlap the input.
 */
export function rescale(input: NumberArray, slope: number, intercept: number, output: FloatArray): void {
  requireLength('rescale', 'the output', output.length, input.length);
  const addon = addonFor<IntensityAddon>(input.length);
  if (addon === undefined) rescaleTwin(input, slope, intercept, output);
  else addon.rescale(input, slope, intercept, output);
}
