import type { FloatArray } from '../float-array.js';

/** The twin of `firFilter`. Its caller has checked the arguments. */
export function firFilterTwin(input: FloatArray, rowLength: number, taps: Float64Array, output: FloatArray): void {
  const history = taps.length - 1;
  const samples = new Float64Array(history + rowLength);
  for (let start = 0; start < input.length; start += rowLength) {
    samples.set(input.subarray(start, start + rowLength), history);
    for (let i = 0; i < rowLength; i++) {
      let sum = (samples[history + i] as number) * (taps[0] as number);
      for (let k = 1; k < taps.length; k++) sum += (samples[history + i - k] as number) * (taps[k] as number);
      output[start + i] = sum;
    }
  }
}
