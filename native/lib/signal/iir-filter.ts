import type { FloatArray } from '../float-array.js';
import { addonFor } from '../load-addon.js';
import { countRows, requireLength } from '../row-check.js';
import type { SignalAddon } from './addon.js';
import { iirFilterTwin } from './iir-filter.twin.js';
import { requireSections, restingStates, type Section } from './sections.js';

/**
 * Sections of second order, one after the other, over each row of `rowLength` samples, as
 * `scipy.signal.sosfilt`: the transposed direct form II in FP64,
 *
 *     y = b0 x + z0,  z0 = (b1 x - a1 y) + z1,  z1 = b2 x - a2 y,
 *
 * with one rounding on store. NaN and infinities stay in the filter for the rest of the row.
 * `output` may be `input`.
 *
 * @param states z0 and z1 of each section of each row: where the filter starts from, and where it has
 * got to afterwards, so that a long signal may come in pieces. Default: zeros.
 * @throws RangeError for sections that are not stable
 */
export function iirFilter(
  input: FloatArray,
  rowLength: number,
  sections: readonly Section[],
  output: FloatArray,
  states?: Float64Array,
): void {
  const rows = countRows('iirFilter', input.length, rowLength);
  requireLength('iirFilter', 'the output', output.length, input.length);
  const coefficients = requireSections('iirFilter', sections);
  const own = states ?? new Float64Array(rows * sections.length * 2);
  requireLength('iirFilter', 'states', own.length, rows * sections.length * 2);
  run(input, rowLength, coefficients, own, output);
}

/**
 * The same sections forwards and then backwards, so that nothing is delayed, as
 * `scipy.signal.sosfiltfilt`: each end is continued by an odd reflection of
 * `3 * (2 * sections + 1 - z)` samples, where z is the smaller of the numbers of sections whose b2 and
 * whose a2 are 0, and both passes start at rest on their first sample.
 *
 * @throws RangeError for rows that are not longer than the continuation
 */
export function iirFilterBothWays(
  input: FloatArray,
  rowLength: number,
  sections: readonly Section[],
  output: FloatArray,
): void {
  const rows = countRows('iirFilterBothWays', input.length, rowLength);
  requireLength('iirFilterBothWays', 'the output', output.length, input.length);
  const coefficients = requireSections('iirFilterBothWays', sections);
  const zeros = (index: number) => sections.filter((section) => section[index] === 0).length;
  const edge = 3 * (2 * sections.length + 1 - Math.min(zeros(2), zeros(5)));
  if (rowLength <= edge) {
    throw new RangeError(`iirFilterBothWays: a row needs more than ${edge} samples, got ${rowLength}`);
  }
  const length = rowLength + 2 * edge;
  const samples = new Float64Array(rows * length);
  for (let row = 0; row < rows; row++) {
    continueRow(input.subarray(row * rowLength, (row + 1) * rowLength), edge, samples.subarray(row * length));
  }
  const resting = restingStates(coefficients);
  for (let pass = 0; pass < 2; pass++) {
    const states = new Float64Array(rows * resting.length);
    for (let row = 0; row < rows; row++) {
      const first = samples[row * length] as number;
      states.set(
        resting.map((state) => state * first),
        row * resting.length,
      );
    }
    run(samples, length, coefficients, states, samples);
    for (let row = 0; row < rows; row++) samples.subarray(row * length, (row + 1) * length).reverse();
  }
  for (let row = 0; row < rows; row++) {
    const start = row * length + edge;
    output.set(samples.subarray(start, start + rowLength), row * rowLength);
  }
}

function continueRow(row: FloatArray, edge: number, samples: Float64Array): void {
  const last = row.length - 1;
  samples.set(row, edge);
  for (let i = 1; i <= edge; i++) {
    samples[edge - i] = 2 * (row[0] as number) - (row[i] as number);
    samples[edge + last + i] = 2 * (row[last] as number) - (row[last - i] as number);
  }
}

function run(
  input: FloatArray,
  rowLength: number,
  coefficients: Float64Array,
  states: Float64Array,
  output: FloatArray,
): void {
  const addon = addonFor<SignalAddon>(input.length);
  if (addon === undefined) iirFilterTwin(input, rowLength, coefficients, states, output);
  else addon.iirFilter(input, rowLength, coefficients, states, output);
}
