import type { ExplanationSpec, InputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { coveredLayout } from './covered-layout.js';
import { explanationRuns, type Occlusion, occlude } from './occlusion.js';

const signal = { kind: 'signal', steps: [{ op: 'select_channels', channels: [] }] } as unknown as InputSpec;
const image = (layout: 'CHW' | 'HWC') => ({ kind: 'image', steps: [{ op: 'image_to_tensor', layout }] }) as InputSpec;

const spec = (more: Partial<ExplanationSpec> = {}): ExplanationSpec => ({
  method: 'occlusion',
  input: 'x',
  patch: [2],
  stride: [1],
  baseline: 0,
  ...more,
});

/** Runs an explanation against a scorer; gives the map and every copy that was scored. */
function explain(
  explanation: ExplanationSpec,
  input: InputSpec,
  shape: number[],
  values: number[],
  score: (values: Float32Array) => number,
): Occlusion & { copies: Float32Array[] } {
  const original = Float32Array.from(values);
  const steps = occlude(explanation, original, coveredLayout(input, shape), score(original));
  const copies: Float32Array[] = [];
  let next = steps.next(new Float64Array(0));
  while (next.done !== true) {
    const scores = next.value.map((change) => {
      const copy = original.slice();
      change(copy);
      copies.push(copy);
      return score(copy);
    });
    next = steps.next(Float64Array.from(scores));
  }
  expect(Array.from(original)).toEqual(values);
  return { ...next.value, copies };
}

describe('an occlusion map', () => {
  it('gives a place the mean fall over the covers that it lay under', () => {
    // The score is the third sample: covers at 1 and 2 hide it.
    const { map } = explain(spec(), signal, [1, 1, 5], [1, 1, 8, 1, 1], (v) => v[2] as number);
    expect([...map]).toEqual([0, 4, 8, 4, 0]);
  });

  it('is negative where the cover makes the score rise', () => {
    const { map } = explain(spec({ patch: [1] }), signal, [1, 1, 3], [1, 2, 3], (v) => 1 - (v[1] as number));
    expect([...map]).toEqual([0, -2, 0]);
  });

  it('covers every channel of a place with its own baseline, in both layouts', () => {
    // Two channels of 1 x 2 pixels: 10 20 and 1 3.
    const one = spec({ patch: [1, 1], stride: [1, 1], baseline: [7, 5] });
    const first = explain(one, image('CHW'), [1, 2, 1, 2], [10, 20, 1, 3], () => 0);
    expect(first.copies.slice(0, 2).map((copy) => [...copy])).toEqual([
      [7, 20, 5, 3],
      [10, 7, 1, 5],
    ]);
    const last = explain(one, image('HWC'), [1, 1, 2, 2], [10, 1, 20, 3], () => 0);
    expect(last.copies.slice(0, 2).map((copy) => [...copy])).toEqual([
      [7, 5, 20, 3],
      [10, 1, 7, 5],
    ]);
    const means = explain({ ...one, baseline: 'mean' }, image('HWC'), [1, 1, 2, 2], [10, 1, 20, 3], () => 0);
    expect(means.baseline).toEqual([15, 2]);
    expect([...(means.copies[0] as Float32Array)]).toEqual([15, 2, 20, 3]);
  });

  it('makes as many runs as were counted before', () => {
    for (const [extent, patch, stride] of [
      [5, 2, 1],
      [64, 8, 4],
      [100, 7, 3],
    ] as const) {
      const one = spec({ patch: [patch], stride: [stride], deletion: { steps: 7, randomOrders: 4 } });
      const values = Array.from({ length: extent }, (_, i) => i);
      const { copies, runs } = explain(one, signal, [1, 1, extent], values, () => 0.5);
      expect(copies).toHaveLength(runs);
      expect(explanationRuns(one, [extent])).toBe(runs);
    }
  });
});

describe('the deletion test of a map', () => {
  const values = Array.from({ length: 40 }, (_, i) => (i >= 20 && i < 24 ? 1 : 0.125));
  const spot = (v: Float32Array) => (v[20] as number) + (v[21] as number) + (v[22] as number) + (v[23] as number);
  const four = spec({ patch: [4], stride: [4], deletion: { steps: 10, randomOrders: 9, seed: 3 } });

  it('covers the most important region first, and everything at the end', () => {
    const { deletion, copies } = explain(four, signal, [1, 1, 40], values, spot);
    expect(deletion.covered).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(deletion.scores).toEqual([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // A triangle of one tenth.
    expect(deletion.area).toBeCloseTo(0.2, 12);
    expect([...(copies.at(-1) as Float32Array)]).toEqual(values.map(() => 0));
    expect(deletion.isBetterThanRandom).toBe(true);
    expect(deletion.randomScores[0]).toBe(4);
  });

  it('is the same for the same seed, and compares with other orders for another one', () => {
    const of = (seed: number) =>
      explain({ ...four, deletion: { ...four.deletion, seed } }, signal, [1, 1, 40], values, spot).deletion;
    expect(of(3)).toEqual(of(3));
    expect(of(4).randomScores).not.toEqual(of(3).randomScores);
  });

  it('says so of a map that points away from what the score hangs on', () => {
    // Covering one region alone changes nothing, but all together do: the map has nothing to say.
    const both = (v: Float32Array) => Math.max(v[0] as number, v[39] as number);
    const { map, deletion } = explain(
      four,
      signal,
      [1, 1, 40],
      values.map(() => 1),
      both,
    );
    expect([...map].every((value) => value === 0)).toBe(true);
    expect(deletion.isBetterThanRandom).toBe(false);
  });

  it('does not take rounding for a proof', () => {
    const { deletion } = explain(four, signal, [1, 1, 40], values, (v) => 0.5 + 1e-9 * spot(v));
    expect(deletion.area).toBeLessThan(deletion.lowestRandomArea);
    expect(deletion.isBetterThanRandom).toBe(false);
  });
});
