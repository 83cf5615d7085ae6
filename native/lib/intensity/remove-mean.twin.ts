import type { FloatArray } from '../float-array.js';
import { laneSum } from '../lane-sums.js';

/** The twin of `removeMean`. Its caller has checked the arguments. */
export function removeMeanTwin(input: FloatArray, rowLength: number, output: FloatArray): void {
  for (let start = 0; start < input.length; start += rowLength) {
    const mean = laneSum(input, start, rowLength) / rowLength;
    for (let i = start; i < start + rowLength; i++) output[i] = (input[i] as number) - mean;
  }
}
