import type { FloatArray } from './float-array.js';
import { countRows, requireLength } from './row-check.js';
import { rowMean } from './row-mean.js';

/**
 * `x - mean` per row of `rowLength` elements, the mean as {@link rowMean} defines it.
 * `output` may be `input`. Step `remove_mean` of the manifest schema.
 */
export function removeMean(input: FloatArray, rowLength: number, output: FloatArray): void {
  const rows = countRows('removeMean', input.length, rowLength);
  requireLength('removeMean', 'the output', output.length, input.length);
  for (let row = 0; row < rows; row++) {
    const start = row * rowLength;
    const mean = rowMean(input, start, rowLength);
    for (let i = start; i < start + rowLength; i++) output[i] = (input[i] as number) - mean;
  }
}
