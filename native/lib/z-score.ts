import type { FloatArray } from './float-array.js';
import { countRows, requireLength } from './row-check.js';
import { rowMean } from './row-mean.js';

/**
 * `(x - mean) / max(std, epsilon)` per row of `rowLength` elements.
 *
 * std is that of a population: the square root of the mean of the squared deviations, which are
 * summed in FP64 in index order after the mean is known (two passes, so no cancellation).
 * `output` may be `input`. Step `z_score` of the manifest schema.
 */
export function zScore(input: FloatArray, rowLength: number, epsilon: number, output: FloatArray): void {
  const rows = countRows('zScore', input.length, rowLength);
  requireLength('zScore', 'the output', output.length, input.length);
  for (let row = 0; row < rows; row++) {
    const start = row * rowLength;
    const mean = rowMean(input, start, rowLength);
    let squares = 0;
    for (let i = start; i < start + rowLength; i++) {
      const deviation = (input[i] as number) - mean;
      squares += deviation * deviation;
    }
    const divisor = Math.max(Math.sqrt(squares / rowLength), epsilon);
    for (let i = start; i < start + rowLength; i++) output[i] = ((input[i] as number) - mean) / divisor;
  }
}
