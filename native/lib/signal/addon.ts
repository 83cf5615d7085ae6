import type { FloatArray } from '../float-array.js';

/** The functions of this group in the addon. They check their arguments again, for safety alone. */
export interface SignalAddon {
  firFilter(input: FloatArray, rowLength: number, taps: Float64Array, output: FloatArray): void;
  iirFilter(
    input: FloatArray,
    rowLength: number,
    coefficients: Float64Array,
    states: Float64Array,
    output: FloatArray,
  ): void;
  resamplePolyphase(
    input: FloatArray,
    rowLength: number,
    up: number,
    down: number,
    taps: Float64Array,
    output: FloatArray,
  ): void;
}
