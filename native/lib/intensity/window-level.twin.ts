import { exponential } from '../activation/exponential.js';
import type { NumberArray } from '../number-array.js';

/** A window with its defaults filled in; `center` and `width` are those of the ramp. */
export interface ResolvedWindow {
  readonly isSigmoid: boolean;
  readonly center: number;
  readonly width: number;
  readonly minimum: number;
  readonly range: number;
  readonly slope: number;
  readonly intercept: number;
}

/** The twin of `windowLevel`. Its caller has checked the arguments. */
export function windowLevelTwin(input: NumberArray, window: ResolvedWindow, output: Float32Array): void {
  const { isSigmoid, center, width, minimum, range, slope, intercept } = window;
  const maximum = minimum + range;
  const lowest = center - width / 2;
  const highest = center + width / 2;
  for (let i = 0; i < input.length; i++) {
    const x = (input[i] as number) * slope + intercept;
    if (isSigmoid) output[i] = range / (1 + exponential((-4 * (x - center)) / width)) + minimum;
    else if (x <= lowest) output[i] = minimum;
    else output[i] = x > highest ? maximum : ((x - center) / width + 0.5) * range + minimum;
  }
}
