import { sigmoid } from '@deephealth/native';
import type { EventsOutputSpec } from '@deephealth/sdk';
import type { SignalWindows } from '../steps/cut-signal.js';
import { activateChannels } from './activate-channels.js';
import type { EventResult } from './finding-result.js';
import { outputInvalid } from './output-invalid.js';

/** Beyond 0 and 1 by rounding alone. */
const ROUNDING = 2 ** -20;

/**
 * Events of a recording from the probabilities of its windows.
 *
 * Without smoothing, an event reaches from the start of the first positive window of a run to the end of
 * the last. With smoothing, it begins and ends where a listener would have known: at the end of the last
 * window of those whose share moved the state. A recording of fewer windows than smoothing needs has
 * none. An event's probability is the mean of its windows'.
 *
 * @param values of the tensor, row-major
 * @param shape [rows] or [rows, columns]
 * @throws DH_MODEL_OUTPUT_INVALID for another number of rows than there are windows and channels, a column
 * that is not there, and a value that is no probability
 */
export function toEvents(
  spec: EventsOutputSpec,
  values: Float32Array | Float64Array,
  shape: readonly number[],
  timeline: SignalWindows,
): EventResult[] {
  const probabilities = windowProbabilities(spec, values, shape, timeline);
  const positive = Array.from(probabilities, (p) => p >= spec.threshold);
  const { lengthS, stepS } = timeline;
  const spans = spec.smoothing === undefined ? runs(positive) : smoothed(positive, spec.smoothing);
  return spans.map(({ first, last, isSmoothed }) => {
    const startS = first * stepS + (isSmoothed ? lengthS : 0);
    const part = probabilities.subarray(first, last + 1);
    return {
      label: spec.label,
      codes: [...(spec.labelCodes ?? [])],
      startS,
      durationS: last * stepS + lengthS - startS,
      probability: part.reduce((sum, p) => sum + p, 0) / part.length,
      channels: [],
    };
  });
}

/** One probability for each window: of its only row, or the mean of its channels'. */
function windowProbabilities(
  spec: EventsOutputSpec,
  values: Float32Array | Float64Array,
  shape: readonly number[],
  { windows, rowsPerWindow }: SignalWindows,
): Float64Array {
  const rows = shape[0] ?? 0;
  if (rows !== windows * rowsPerWindow) {
    throw outputInvalid(spec.name, `there are ${rows} rows for ${windows} windows of ${rowsPerWindow} rows.`);
  }
  const columns = values.length / rows;
  const column = spec.column ?? columns - 1;
  if (!Number.isInteger(columns) || column >= columns) throw outputInvalid(spec.name, `a row has no column ${column}.`);
  const activated = activate(spec, values, columns);
  const means = new Float64Array(windows);
  for (let row = 0; row < rows; row++) {
    const p = activated[row * columns + column] as number;
    if (!(p >= -ROUNDING && p <= 1 + ROUNDING)) {
      throw outputInvalid(
        spec.name,
        `row ${row} is no probability: not in 0 to 1. Check the activation in the manifest.`,
      );
    }
    const window = Math.floor(row / rowsPerWindow);
    means[window] = (means[window] as number) + Math.min(Math.max(p, 0), 1);
  }
  return means.map((sum) => sum / rowsPerWindow);
}

function activate(
  { activation }: EventsOutputSpec,
  values: Float32Array | Float64Array,
  columns: number,
): Float64Array {
  const own = Float64Array.from(values);
  if (activation === 'sigmoid') sigmoid(own, own);
  if (activation !== 'softmax') return own;
  // Columns as channels, and back.
  const rows = own.length / columns;
  const turned = own.map((_, i) => own[(i % rows) * columns + Math.floor(i / rows)] as number);
  const softened = activateChannels(turned, columns);
  return own.map((_, i) => softened[(i % columns) * rows + Math.floor(i / columns)] as number);
}

interface Span {
  /** First window, or, smoothed, the last one of those that began it. */
  readonly first: number;
  readonly last: number;
  readonly isSmoothed: boolean;
}

function runs(positive: readonly boolean[]): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i < positive.length; i++) {
    if (!positive[i]) continue;
    const first = i;
    while (positive[i + 1]) i++;
    spans.push({ first, last: i, isSmoothed: false });
  }
  return spans;
}

/**
 * The state starts as the last window of the first full set is. From then on the share of positive ones
 * among the last `windows` moves it: from normal at `startShare` or more, back at `endShare` or less.
 */
function smoothed(
  positive: readonly boolean[],
  { windows, startShare, endShare }: NonNullable<EventsOutputSpec['smoothing']>,
): Span[] {
  const spans: Span[] = [];
  if (positive.length < windows) return spans;
  let count = 0;
  for (let i = 0; i < windows; i++) count += Number(positive[i]);
  let began = positive[windows - 1] ? windows - 1 : undefined;
  for (let last = windows - 1; last < positive.length; last++) {
    if (last >= windows) count += Number(positive[last]) - Number(positive[last - windows]);
    const share = count / windows;
    if (began === undefined && share >= startShare) {
      began = last;
    } else if (began !== undefined && share <= endShare) {
      // A state that ends where it began was of no length.
      if (last > began) spans.push({ first: began, last, isSmoothed: true });
      began = undefined;
    }
  }
  if (began !== undefined) spans.push({ first: began, last: positive.length - 1, isSmoothed: true });
  return spans;
}
