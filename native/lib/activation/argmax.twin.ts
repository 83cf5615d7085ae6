import type { FloatArray } from '../float-array.js';

/** The twin of `argmax`. Its caller has checked the arguments. */
export function argmaxTwin(input: FloatArray, rowLength: number, inner: number, output: Int32Array): void {
  let row = 0;
  for (let block = 0; block < input.length; block += rowLength * inner) {
    for (let start = block; start < block + inner; start++) {
      let best = 0;
      let largest = input[start] as number;
      for (let i = 0; i < rowLength; i++) {
        const x = input[start + i * inner] as number;
        if (Number.isNaN(x)) {
          best = -1;
          break;
        }
        if (x > largest) {
          best = i;
          largest = x;
        }
      }
      output[row++] = best;
    }
  }
}
