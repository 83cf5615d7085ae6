import type { FloatArray } from '../float-array.js';
import { laneSquares, laneSum } from '../lane-sums.js';

/** The twin of `zScore`. Its caller has checked the arguments. */
export function zScoreTwin(input: FloatArray, rowLength: number, epsilon: number, output: FloatArray): void {
  for (let start = 0; start < input.length; start += rowLength) {
    const mean = laneSum(input, start, rowLength) / rowLength;
    const deviation = Math.sqrt(laneSquares(input, start, rowLength, mean) / rowLength);
    const divisor = Math.max(deviation, epsilon);
    for (let i = start; i < start + rowLength; i++) output[i] = ((input[i] as number) - mean) / divisor;
  }
}
