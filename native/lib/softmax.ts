import type { FloatArray } from './float-array.js';
import { countRows, requireLength } from './row-check.js';

/**
 * `exp(x - max) / sum(exp(x - max))` per row of `rowLength` elements. The largest element of the row
 * is subtracted first, so that no finite logit overflows; the sum runs in FP64 in index order.
 *
 * A row that holds NaN or +Infinity, or nothing but -Infinity, has no softmax: it becomes NaN.
 * `output` may be `input`.
 */
export function softmax(input: FloatArray, rowLength: number, output: FloatArray): void {
  const rows = countRows('softmax', input.length, rowLength);
  requireLength('softmax', 'the output', output.length, input.length);
  const exponentials = new Float64Array(rowLength);
  for (let row = 0; row < rows; row++) {
    const start = row * rowLength;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + rowLength; i++) largest = Math.max(largest, input[i] as number);
    let sum = 0;
    for (let i = 0; i < rowLength; i++) {
      const exponential = Math.exp((input[start + i] as number) - largest);
      exponentials[i] = exponential;
      sum += exponential;
    }
    for (let i = 0; i < rowLength; i++) output[start + i] = (exponentials[i] as number) / sum;
  }
}
