import type { FloatArray } from '../float-array.js';
import type { NumberArray } from '../number-array.js';

/** The functions of this group in the addon. They check their arguments again, for safety alone. */
export interface IntensityAddon {
  standardize(input: FloatArray, mean: Float64Array, std: Float64Array, output: FloatArray): void;
  removeMean(input: FloatArray, rowLength: number, output: FloatArray): void;
  zScore(input: FloatArray, rowLength: number, epsilon: number, output: FloatArray): void;
  clip(input: FloatArray, minimum: number, maximum: number, output: FloatArray): void;
  rescale(input: NumberArray, slope: number, intercept: number, output: FloatArray): void;
  windowLevel(
    input: NumberArray,
    slope: number,
    intercept: number,
    window: number,
    center: number,
    width: number,
    minimum: number,
    range: number,
    output: Float32Array,
  ): void;
}
