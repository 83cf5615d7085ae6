import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import type { InputValues } from '../engine/input-value.js';
import { parseFll } from '../formats/parse-fll.js';
import { ChunkEvaluator } from './evaluation-chunk.js';
import { encodeRecords } from './record-chunk.js';

/** Outputs with and without a default, one that a missing input leaves open, and one that is switched off. */
const KB = parseFll(`Engine: all outcomes
InputVariable: a
  range: 0 1
  term: low Ramp 1 0
  term: high Ramp 0.5 1
InputVariable: __proto__
  range: 0 1
  lock-range: true
  term: on Ramp 0 1
OutputVariable: mean
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 50
  term: left Triangle 0 0 0.5
  term: right Triangle 0.5 1 1
OutputVariable: plane
  range: 0 1
  default: 0.25
  defuzzifier: WeightedAverage TakagiSugeno
  term: rise Linear 1 2 3
OutputVariable: off
  enabled: false
  range: 0 1
RuleBlock: first
  implication: Minimum
  rule: if a is high then mean is right
  rule: if a is low then mean is left with 0.3
RuleBlock: second
  conjunction: Minimum
  rule: if a is high and __proto__ is on then plane is rise
`);

const proto = (value: unknown): object => Object.defineProperty({ a: 0.8 }, '__proto__', { value, enumerable: true });

const RECORDS: unknown[] = [
  { a: 0.2 },
  proto(0.5),
  proto(7),
  proto({ degrees: { on: 0.4 } }),
  proto({ degrees: { on: 2 } }),
  proto({ degrees: {} }),
  { a: 5 },
  { a: Number.NaN },
  {},
];

const evaluator = new ChunkEvaluator(KB, {});

describe('ChunkEvaluator', () => {
  it('gives for each record what an engine gives for it alone', () => {
    const engine = createEngine(KB);
    const together = evaluator.evaluate(encodeRecords(KB, RECORDS));
    expect(together).toEqual(RECORDS.map((record) => engine.evaluate(record as InputValues)));
    expect(together.map(({ outputs }) => outputs.get('plane')?.status)).toContain('determinate');
    expect(together[2]?.clamped).toEqual(['__proto__']);
  });

  it('makes numbers of evaluations, and equal evaluations of the numbers after a copy', () => {
    const chunk = structuredClone(encodeRecords(KB, RECORDS));
    const evaluations = evaluator.evaluate(chunk);
    const decoded = evaluator.decode(structuredClone(evaluator.encode(evaluations)));
    expect(decoded).toStrictEqual(evaluations);
    const order = (index: number) => [...(decoded[index]?.outputs.get('mean')?.degrees.keys() ?? [])];
    expect(order(1)).toEqual(['right', 'left']);
  });

  it('takes what is no record, and no value, for what it is', () => {
    const unreadable = Object.defineProperty({}, 'a', { get: () => expect.fail('not to be seen'), enumerable: true });
    const wrong = [null, 7, 'a', [], { a: '0.5' }, { a: { degrees: null } }, { a: () => 1 }, unreadable, { a: null }];
    const reasons = evaluator
      .evaluate(structuredClone(encodeRecords(KB, wrong)))
      .map(({ outputs }) => outputs.get('mean'))
      .map((output) => (output?.status === 'indeterminate' ? output.reason : output?.status));
    expect(reasons).toEqual([
      ...['missing', 'missing', 'missing', 'missing', 'not-a-number', 'not-a-number', 'not-a-number'],
      ...['not-a-number', 'missing'],
    ]);
  });
});
