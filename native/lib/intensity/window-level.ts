import { addonFor } from '../load-addon.js';
import type { NumberArray } from '../number-array.js';
import { requireLength } from '../row-check.js';
import type { IntensityAddon } from './addon.js';
import { type ResolvedWindow, windowLevelTwin } from './window-level.twin.js';

/** A window as DICOM defines it (PS3.3, C.11.2.1.2), after the rescale of the modality (C.11.1). */
export interface Window {
  /** Window Center (0028,1050). */
  readonly center: number;
  /** Window Width (0028,1051): at least 1 for LINEAR, above 0 for the others. */
  readonly width: number;
  /** VOI LUT Function (0028,1056). Default: LINEAR, as in DICOM. */
  readonly voiFunction?: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';
  /** Rescale Slope (0028,1053). Default: 1. */
  readonly slope?: number;
  /** Rescale Intercept (0028,1052). Default: 0. */
  readonly intercept?: number;
  /** What the window's lower end becomes. Default: 0. */
  readonly minimum?: number;
  /** What the window's upper end becomes. Default: 1. */
  readonly maximum?: number;
}

/**
 * Stored values through the modality's rescale and a window, `x = stored * slope + intercept` and then,
 * with c, w, low and high for center, width, minimum and maximum, and r = high - low:
 *
 * - LINEAR: low where `x <= c' - w' / 2`, high where `x > c' + w' / 2`, else
 *   `((x - c') / w' + 0.5) * r + low`, with c' = c - 0.5 and w' = w - 1;
 * - LINEAR_EXACT: the same with c' = c and w' = w;
 * - SIGMOID: `r / (1 + exp(-4 * (x - c) / w)) + low`.
 *
 * All in FP64, high as `low + r`, one rounding to FP32. NaN stays NaN. The output does not overlap the
 * input.
 *
 * @throws RangeError for a window that DICOM does not allow, or bounds that are not finite
 */
export function windowLevel(input: NumberArray, window: Window, output: Float32Array): void {
  requireLength('windowLevel', 'the output', output.length, input.length);
  const resolved = resolve(window);
  const addon = addonFor<IntensityAddon>(input.length);
  if (addon === undefined) {
    windowLevelTwin(input, resolved, output);
    return;
  }
  const { isSigmoid, center, width, minimum, range, slope, intercept } = resolved;
  addon.windowLevel(input, slope, intercept, isSigmoid ? 1 : 0, center, width, minimum, range, output);
}

function resolve(window: Window): ResolvedWindow {
  const { center, width, voiFunction = 'LINEAR', slope = 1, intercept = 0, minimum = 0, maximum = 1 } = window;
  for (const [name, value] of Object.entries({ center, width, slope, intercept, minimum, maximum })) {
    if (!Number.isFinite(value)) throw new RangeError(`windowLevel: ${name} is a finite number, got ${value}`);
  }
  const isLinear = voiFunction === 'LINEAR';
  if (isLinear ? width < 1 : width <= 0) {
    throw new RangeError(
      `windowLevel: the width of ${voiFunction} is ${isLinear ? 'at least 1' : 'above 0'}, got ${width}`,
    );
  }
  return {
    isSigmoid: voiFunction === 'SIGMOID',
    center: isLinear ? center - 0.5 : center,
    width: isLinear ? width - 1 : width,
    minimum,
    range: maximum - minimum,
    slope,
    intercept,
  };
}
