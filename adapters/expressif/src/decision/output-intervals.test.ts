import { describe, expect, it } from 'vitest';
import { parseFll } from '../formats/parse-fll.js';
import { createLiveRuleBase } from '../live/live-rule-base.js';
import type { ModelPremiseValue } from './model-premises.js';
import { outputIntervals } from './output-intervals.js';

const RULES = `Engine: places
InputVariable: place
  range: 0 1
  term: in_front Ramp 0 1
InputVariable: size
  range: 0 10
  term: large Ramp 0 10
OutputVariable: surgery
  range: 0 100
  defuzzifier: WeightedAverage TakagiSugeno
  term: no Constant 0
  term: yes Constant 100
OutputVariable: control
  range: 0 100
  defuzzifier: WeightedAverage TakagiSugeno
  term: yes Constant 100
RuleBlock: main
  conjunction: Minimum
  rule: if place is in_front then surgery is yes
  rule: if place is not in_front then surgery is no
  rule: if size is large then control is yes
`;
const snapshotOf = (rules: string) => createLiveRuleBase(parseFll(rules)).current();
const premise = (necessity: number, mean: number, possibility: number) =>
  new Map<string, ModelPremiseValue>([
    ['place', { value: { degrees: { in_front: mean } }, relation: { necessity, mean, possibility } }],
  ]);

describe('outputIntervals', () => {
  it('gives the values between which an output lies for all that a relation leaves open', () => {
    const values = { place: { degrees: { in_front: 0.5 } }, size: 5 };
    const found = outputIntervals(snapshotOf(RULES), values, premise(0.25, 0.5, 0.75));
    // "in front" to a and "not in front" to 1 - a: each may be 0.25 to 0.75, so that 100 has a share of 1/4 to 3/4.
    expect([...found]).toEqual([['surgery', [expect.closeTo(25, 9), expect.closeTo(75, 9)]]]);
  });

  it('gives none where a relation leaves nothing open, where rules read none, and where a value is missing', () => {
    const snapshot = snapshotOf(RULES);
    const values = { place: { degrees: { in_front: 0.5 } }, size: { absent: 'expired' } } as const;
    expect(outputIntervals(snapshot, values, premise(0.5, 0.5, 0.5)).size).toBe(0);
    expect(outputIntervals(snapshot, values, new Map()).size).toBe(0);
    const absent = new Map([['place', { value: { absent: 'not-measured' } } as const]]);
    expect(outputIntervals(snapshot, { place: { absent: 'not-measured' }, size: 5 }, absent).size).toBe(0);
  });

  it('gives none for rules without an interval form', () => {
    const tsukamoto = RULES.replaceAll('TakagiSugeno', 'Tsukamoto').replaceAll(
      /term: (no|yes) Constant \d+/g,
      'term: $1 Ramp 0 100',
    );
    const values = { place: { degrees: { in_front: 0.5 } }, size: 5 };
    expect(outputIntervals(snapshotOf(tsukamoto), values, premise(0.25, 0.5, 0.75)).size).toBe(0);
  });
});
