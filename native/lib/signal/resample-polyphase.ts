import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { SignalAddon } from './addon.js';
import { kaiserLowpass } from './kaiser-lowpass.js';
import { requireFinite } from './require-finite.js';
import { resamplePolyphaseTwin } from './resample-polyphase.twin.js';

/** Samples of a row after `resamplePolyphase`: `ceil(rowLength * up / down)` with the factors reduced. */
export function resampledLength(rowLength: number, up: number, down: number): number {
  const factors = requireFactors(up, down);
  return Math.ceil((rowLength * factors.up) / factors.down);
}

/**
 * Each row of `rowLength` samples at `up / down` times its rate, as `scipy.signal.resample_poly`: zeros
 * are put between the samples, a low-pass filter takes away what the new rate cannot hold, and every
 * `down`th sample is kept, without computing the others. The filter's delay is taken out, so output n
 * stands at time `n * down / up` of the input. Samples beyond the row are 0.
 *
 * Sums run in FP64 over eight partial sums, with one rounding on store. NaN and infinities spread over
 * the filter's length. The output does not overlap the input.
 *
 * @param taps of the filter, at `up` times the input's rate and with a gain of `up`; an odd number.
 * Default: a Kaiser window of beta 5 and `20 * max(up, down) + 1` taps with its cutoff at the lower of
 * the two rates, which is SciPy's.
 */
export function resamplePolyphase(
  input: FloatArray,
  rowLength: number,
  up: number,
  down: number,
  output: FloatArray,
  taps?: ArrayLike<number>,
): void {
  const rows = countRows('resamplePolyphase', input.length, rowLength);
  const factors = requireFactors(up, down);
  const filter = taps === undefined ? defaultTaps(factors) : requireFinite('resamplePolyphase', 'taps', taps);
  if (filter.length % 2 === 0) {
    throw new RangeError(`resamplePolyphase: an odd number of taps has a middle, got ${filter.length}`);
  }
  requireLength('resamplePolyphase', 'the output', output.length, rows * resampledLength(rowLength, up, down));
  const addon = addonFor<SignalAddon>(input.length);
  if (addon === undefined) resamplePolyphaseTwin(input, rowLength, factors.up, factors.down, filter, output);
  else addon.resamplePolyphase(input, rowLength, factors.up, factors.down, filter, output);
}

interface Factors {
  readonly up: number;
  readonly down: number;
}

/** Beyond this, a table of phases no longer is what anybody wants. */
const LARGEST_FACTOR = 2 ** 16;

function requireFactors(up: number, down: number): Factors {
  for (const [name, factor] of Object.entries({ up, down })) {
    if (!Number.isInteger(factor) || factor < 1 || factor > LARGEST_FACTOR) {
      throw new RangeError(`resamplePolyphase: ${name} is a whole number from 1 to ${LARGEST_FACTOR}, got ${factor}`);
    }
  }
  let [a, b] = [up, down];
  while (b > 0) [a, b] = [b, a % b];
  return { up: up / a, down: down / a };
}

function defaultTaps({ up, down }: Factors): Float64Array {
  const most = Math.max(up, down);
  return most === 1 ? Float64Array.of(1) : kaiserLowpass(20 * most + 1, 1 / most, 5).map((tap) => tap * up);
}
