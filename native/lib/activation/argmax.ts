import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { ActivationAddon } from './addon.js';
import { argmaxTwin } from './argmax.twin.js';

/**
 * Index of the largest element per row of `rowLength` elements, the lowest index on a tie.
 * A row that holds NaN has no largest element: its index is -1.
 *
 * @param output one index per row
 * @param inner how far apart the elements of a row stand, as in `softmax`
 */
export function argmax(input: FloatArray, rowLength: number, output: Int32Array, inner = 1): void {
  const rows = countRows('argmax', input.length, rowLength, inner);
  requireLength('argmax', 'the output', output.length, rows);
  const addon = addonFor<ActivationAddon>(input.length);
  if (addon === undefined) argmaxTwin(input, rowLength, inner, output);
  else addon.argmax(input, rowLength, inner, output);
}
