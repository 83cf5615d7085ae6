import type { EventsOutputSpec } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { toEvents } from './events.js';

const spec = (more: Partial<EventsOutputSpec> = {}): EventsOutputSpec => ({
  name: 'seizures',
  kind: 'events',
  from: 'p',
  input: 'eeg',
  label: 'seizure',
  threshold: 0.5,
  ...more,
});
const timeline = (windows: number, rowsPerWindow = 1) => ({ windows, rowsPerWindow, lengthS: 10, stepS: 0.5 });
const spans = (events: ReturnType<typeof toEvents>) => events.map(({ startS, durationS }) => [startS, durationS]);

describe('toEvents', () => {
  it('makes an event of each run of positive windows, from the start of its first to the end of its last', () => {
    const values = Float32Array.of(0, 0.5, 0.75, 0.25, 0, 1);
    const events = toEvents(spec(), values, [6, 1], timeline(6));
    expect(spans(events)).toEqual([
      [0.5, 10.5],
      [2.5, 10],
    ]);
    expect(events.map(({ label, probability }) => [label, probability])).toEqual([
      ['seizure', 0.625],
      ['seizure', 1],
    ]);
  });

  it('lets the channels of a window agree by the mean of their probabilities', () => {
    // Two windows of three channels: means 0.5 and 0.4.
    const values = Float32Array.of(1, 0.25, 0.25, 0.7, 0.25, 0.25);
    expect(spans(toEvents(spec({ consensus: 'mean' }), values, [6, 1], timeline(2, 3)))).toEqual([[0, 10]]);
  });

  it('reads the column of a class, and activates scores', () => {
    // Softmax over two columns: the positive one wins in the second row.
    const scores = Float32Array.of(3, 1, 1, 3);
    expect(spans(toEvents(spec({ activation: 'softmax' }), scores, [2, 2], timeline(2)))).toEqual([[0.5, 10]]);
    expect(spans(toEvents(spec({ activation: 'softmax', column: 0 }), scores, [2, 2], timeline(2)))).toEqual([[0, 10]]);
    expect(spans(toEvents(spec({ activation: 'sigmoid' }), Float32Array.of(-1, 0), [2], timeline(2)))).toEqual([
      [0.5, 10],
    ]);
  });

  it('moves a state by the share of positive windows: begins at 0.4 of 20, ends at 0.4 again', () => {
    const positive = Array.from({ length: 60 }, (_, i) => Number(i >= 25 && i < 40));
    const smoothing = { windows: 20, startShare: 0.4, endShare: 0.4 };
    const events = toEvents(spec({ smoothing }), Float32Array.from(positive), [60, 1], timeline(60));
    // The eighth positive window is number 32; of the last twenty, eight are left at number 51.
    expect(spans(events)).toEqual([[32 * 0.5 + 10, (51 - 32) * 0.5]]);
  });

  it('agrees with the state machine written out window by window, on random recordings', () => {
    const random = seededRandom(13);
    for (let round = 0; round < 200; round++) {
      const length = 20 + Math.floor(random() * 150);
      let level = 0;
      const positive = Array.from({ length }, () => {
        if (random() < 0.05) level = 1 - level;
        return Number(random() < (level === 1 ? 0.8 : 0.1));
      });
      const windows = 1 + Math.floor(random() * 20);
      const startShare = 0.05 + random() * 0.9;
      const smoothing = { windows, startShare, endShare: startShare * random() };
      const events = toEvents(spec({ smoothing }), Float32Array.from(positive), [length], timeline(length));
      expect(spans(events), `round ${round}`).toEqual(stateMachine(positive, smoothing));
    }
  });

  it.each([
    ['another number of rows', Float32Array.of(1, 1, 1), [3], 'there are 3 rows for 2 windows'],
    ['no probability', Float32Array.of(0, 1.5), [2], 'row 1 is no probability'],
    ['NaN', Float32Array.of(Number.NaN, 1), [2], 'row 0 is no probability'],
  ])('refuses %s', (_, values, shape, reason) => {
    expect(() => toEvents(spec(), values, shape, timeline(2))).toThrow(reason);
  });

  it('has none in a recording that is shorter than its smoothing', () => {
    const smoothing = { windows: 20, startShare: 0.4, endShare: 0.4 };
    expect(toEvents(spec({ smoothing }), new Float32Array(19).fill(1), [19], timeline(19))).toEqual([]);
  });
});

/** The rule of DeepHealth's use case 13, counting anew at every window. */
function stateMachine(
  positive: readonly number[],
  { windows, startShare, endShare }: NonNullable<EventsOutputSpec['smoothing']>,
): number[][] {
  const found: number[][] = [];
  let state = positive[windows - 1] as number;
  let began = windows - 1;
  for (let i = windows; i <= positive.length; i++) {
    const ratio = positive.slice(i - windows, i).reduce((sum, value) => sum + value, 0) / windows;
    if (ratio >= startShare && state === 0) {
      state = 1;
      began = i - 1;
    } else if (ratio <= endShare && state === 1) {
      state = 0;
      if (i - 1 > began) found.push([began * 0.5 + 10, (i - 1 - began) * 0.5]);
    }
  }
  if (state === 1) found.push([began * 0.5 + 10, (positive.length - 1 - began) * 0.5]);
  return found;
}
