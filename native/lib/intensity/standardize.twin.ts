import type { FloatArray } from '../float-array.js';

/** The twin of `standardize`. Its caller has checked the arguments. */
export function standardizeTwin(
  input: FloatArray,
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
  output: FloatArray,
): void {
  const width = mean.length;
  for (let start = 0; start < input.length; start += width) {
    for (let i = 0; i < width; i++) {
      output[start + i] = ((input[start + i] as number) - (mean[i] as number)) / (std[i] as number);
    }
  }
}
