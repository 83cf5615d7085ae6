import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ActivationAddon } from './addon.js';
import { sigmoidTwin } from './sigmoid.twin.js';

/**
 * `1 / (1 + exp(-x))` per element, in FP64. For negative x it is computed as `exp(x) / (1 + exp(x))`,
 * the same value without an overflow and without losing small probabilities; `exp` is that of
 * `exponential.ts`. `output` may be `input`.
 */
export function sigmoid(input: FloatArray, output: FloatArray): void {
  requireLength('sigmoid', 'the output', output.length, input.length);
  const addon = addonFor<ActivationAddon>(input.length);
  if (addon === undefined) sigmoidTwin(input, output);
  else addon.sigmoid(input, output);
}
