import type { FloatArray } from './float-array.js';
import { countRows, requireLength } from './row-check.js';

/**
 * Index of the largest element per row of `rowLength` elements, the lowest index on a tie.
 * A row that holds NaN has no largest element: its index is -1.
 *
 * @param output one index per row
 */
export function argmax(input: FloatArray, rowLength: number, output: Int32Array): void {
  const rows = countRows('argmax', input.length, rowLength);
  requireLength('argmax', 'the output', output.length, rows);
  for (let row = 0; row < rows; row++) {
    const start = row * rowLength;
    let best = 0;
    for (let i = 0; i < rowLength; i++) {
      const x = input[start + i] as number;
      if (Number.isNaN(x)) {
        best = -1;
        break;
      }
      if (x > (input[start + best] as number)) best = i;
    }
    output[row] = best;
  }
}
