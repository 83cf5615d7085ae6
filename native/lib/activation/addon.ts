import type { FloatArray } from '../float-array.js';

/** The functions of this group in the addon. They check their arguments again, for safety alone. */
export interface ActivationAddon {
  softmax(input: FloatArray, rowLength: number, inner: number, output: FloatArray): void;
  sigmoid(input: FloatArray, output: FloatArray): void;
  argmax(input: FloatArray, rowLength: number, inner: number, output: Int32Array): void;
  threshold(input: FloatArray, bound: number, output: Uint8Array): number;
}
