import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  createIntervalEngine,
  createPossibilisticEngine,
  evaluateRelation,
  intervalDegrees,
  labelMask,
  necessityOf,
  parseFll,
  parsePossibilisticRules,
  plainGrid,
} from '../src/index.js';

const RULES = `Engine: where
InputVariable: lesion
  range: 0 1
  term: above-organ Ramp 0 1
OutputVariable: priority
  range: 0 10
  defuzzifier: WeightedAverage
  term: low Constant 2
  term: high Constant 8
RuleBlock: main
  rule: if lesion is above-organ then priority is high
  rule: if lesion is not above-organ then priority is low
`;

describe('from a segmentation to a conclusion', () => {
  it('keeps as a width what a relation leaves open', () => {
    const labels = [1, 1, 0, 0, 2, 0, 0, 0, 0];
    const grid = plainGrid([3, 3], [0.5, 0.5]);
    const [lesion, organ] = [labelMask(grid, labels, 1), labelMask(grid, labels, 2)];
    const above = evaluateRelation(lesion, organ, { kind: 'direction', side: 'above' });
    expect(above).toMatchObject({ status: 'determinate', mean: 0.75, possibility: 1 });
    const evaluation = createIntervalEngine(parseFll(RULES)).evaluate({
      lesion: intervalDegrees({ 'above-organ': above }),
    });
    // Half above at the worst, entirely at best.
    expect(evaluation.outputs.get('priority')).toMatchObject({ lower: 5, upper: 8, value: 6.5 });
  });
});

describe('from a softmax to a certainty', () => {
  it('says how certain the conclusion is, and by which concept', () => {
    const file = fileURLToPath(new URL('../schemas/possibilistic-rules.schema.json', import.meta.url));
    expect(JSON.parse(readFileSync(file, 'utf8')).properties.format.const).toBe('deephealth.possibilistic-rules/1');
    const rules = parsePossibilisticRules(
      JSON.stringify({
        format: 'deephealth.possibilistic-rules/1',
        name: 'beats',
        inputs: [{ name: 'beat', values: ['normal', 'ventricular'], given: 'probability', transform: 'antipignistic' }],
        outputs: [
          {
            name: 'call',
            values: ['nobody', 'nurse'],
            rules: [
              { id: 'ectopic', if: [{ attribute: 'beat', in: ['ventricular'] }], conclude: ['nurse'], s: 1, r: 0 },
            ],
          },
        ],
      }),
    );
    const call = createPossibilisticEngine(rules)
      .evaluate({ beat: { normal: 0.0625, ventricular: 0.9375 } })
      .outputs.get('call');
    if (call?.status !== 'determinate') throw new Error('indeterminate');
    expect(necessityOf(call.distribution, ['nurse'])).toBe(0.875);
    expect(call.explanations.get('nobody')?.attainedBy).toMatchObject([
      { rule: 'ectopic', justification: [{ modality: 'certain', degree: 0.875 }] },
    ]);
  });
});
