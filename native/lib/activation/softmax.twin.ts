import type { FloatArray } from '../float-array.js';
import { totalOfLanes } from '../lane-sums.js';
import { exponential } from './exponential.js';

/** The twin of `softmax`. Its caller has checked the arguments. */
export function softmaxTwin(input: FloatArray, rowLength: number, inner: number, output: FloatArray): void {
  const exponentials = new Float64Array(rowLength);
  const lanes = new Float64Array(8);
  for (let block = 0; block < input.length; block += rowLength * inner) {
    for (let start = block; start < block + inner; start++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < rowLength; i++) {
        const x = input[start + i * inner] as number;
        if (x > largest) largest = x;
      }
      lanes.fill(0);
      for (let i = 0; i < rowLength; i++) {
        const e = exponential((input[start + i * inner] as number) - largest);
        exponentials[i] = e;
        lanes[i & 7] = (lanes[i & 7] as number) + e;
      }
      const sum = totalOfLanes(lanes);
      for (let i = 0; i < rowLength; i++) output[start + i * inner] = (exponentials[i] as number) / sum;
    }
  }
}
