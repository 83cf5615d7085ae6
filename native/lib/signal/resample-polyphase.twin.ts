import type { FloatArray } from '../float-array.js';
import { totalOfLanes } from '../lane-sums.js';

/** The twin of `resamplePolyphase`. Its caller has checked the arguments. */
export function resamplePolyphaseTwin(
  input: FloatArray,
  rowLength: number,
  up: number,
  down: number,
  taps: Float64Array,
  output: FloatArray,
): void {
  const width = Math.ceil(taps.length / up);
  const offset = Math.floor((taps.length - 1) / 2);
  const outputLength = Math.ceil((rowLength * up) / down);
  const phases = new Float64Array(up * width);
  for (let k = 0; k < taps.length; k++) {
    phases[(k % up) * width + (width - 1 - Math.floor(k / up))] = taps[k] as number;
  }
  const last = Math.floor((offset + (outputLength - 1) * down) / up);
  const samples = new Float64Array(width - 1 + Math.max(rowLength, last + 1));
  const lanes = new Float64Array(8);
  for (let row = 0; row * rowLength < input.length; row++) {
    samples.set(input.subarray(row * rowLength, (row + 1) * rowLength), width - 1);
    for (let i = 0; i < outputLength; i++) {
      const place = offset + i * down;
      const sample = Math.floor(place / up);
      const phase = (place % up) * width;
      lanes.fill(0);
      for (let j = 0; j < width; j++) {
        const product = (samples[sample + j] as number) * (phases[phase + j] as number);
        lanes[j & 7] = (lanes[j & 7] as number) + product;
      }
      output[row * outputLength + i] = totalOfLanes(lanes);
    }
  }
}
