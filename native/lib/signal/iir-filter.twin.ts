import type { FloatArray } from '../float-array.js';

/** The twin of `iirFilter`. Its caller has checked the arguments. */
export function iirFilterTwin(
  input: FloatArray,
  rowLength: number,
  coefficients: Float64Array,
  states: Float64Array,
  output: FloatArray,
): void {
  const sections = coefficients.length / 5;
  const samples = new Float64Array(rowLength);
  for (let row = 0; row * rowLength < input.length; row++) {
    samples.set(input.subarray(row * rowLength, (row + 1) * rowLength));
    for (let section = 0; section < sections; section++) {
      const [b0, b1, b2, a1, a2] = coefficients.subarray(section * 5, section * 5 + 5) as unknown as FiveNumbers;
      const state = (row * sections + section) * 2;
      let z0 = states[state] as number;
      let z1 = states[state + 1] as number;
      for (let i = 0; i < rowLength; i++) {
        const x = samples[i] as number;
        const y = x * b0 + z0;
        z0 = x * b1 - y * a1 + z1;
        z1 = x * b2 - y * a2;
        samples[i] = y;
      }
      states[state] = z0;
      states[state + 1] = z1;
    }
    output.set(samples, row * rowLength);
  }
}

type FiveNumbers = readonly [number, number, number, number, number];
