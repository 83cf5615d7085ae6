import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, lintKnowledgeBase, parseFll } from '@deephealth/adapter-expressif';
import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { findingsOf, isComplete, readCleveland } from '../rules/cleveland-table.js';
import { fitShipped, outputOf, PROTOCOL, type Study } from '../rules/heart-disease-study.js';
import { outOfFold, trainHeartModel } from '../rules/heart-model.js';
import { fitLogistic, probability } from '../rules/logistic-regression.js';
import { bootstrap, rocArea } from '../rules/roc-area.js';
import { samples } from './sample-files.js';

const rulesOf = (name: string) => parseFll(readFileSync(join(samples, 'rules', name), 'utf8'));
const jsonOf = <T>(...path: string[]): T => JSON.parse(readFileSync(join(samples, ...path), 'utf8')) as T;
const committed = jsonOf<Study>('rules', 'heart-disease-report.json');
const training = ['models', 'heart-disease-risk', 'training', 'result'];

const healthy = {
  chest_pain: 1,
  sex: 0,
  blood_pressure: 110,
  cholesterol: 150,
  blood_sugar: 90,
  ecg: 0,
  heart_rate: 190,
  exercise_angina: 0,
  old_peak: 0,
  thallium: 3,
  age: 29,
};

describe('the rules for heart disease', () => {
  it('are 44, each of one finding, and say nothing without a finding', () => {
    const rules = rulesOf('heart-disease.fll');
    expect(rules.ruleBlocks.flatMap((block) => block.rules)).toHaveLength(44);
    const { thallium: _, ...without } = healthy;
    expect(createEngine(rules).evaluate(without).outputs.get('health')).toMatchObject({
      status: 'indeterminate',
      reason: 'missing',
      variable: 'thallium',
    });
  });

  it('leave a model that is sure alone, move one that doubts, and give nothing without it', () => {
    const engine = createEngine(rulesOf('heart-disease-hybrid.fll'));
    const risk = (model_risk?: number) => engine.evaluate({ ...healthy, model_risk }).outputs.get('risk');
    expect(risk(0)).toMatchObject({ value: 0 });
    expect(risk(1)).toMatchObject({ value: 1 });
    const doubtful = risk(0.5);
    expect(doubtful?.status === 'determinate' && doubtful.value).toBeLessThan(0.5);
    expect(risk()).toMatchObject({ status: 'indeterminate', reason: 'missing', variable: 'model_risk' });
  });
});

describe('the figures of the report', () => {
  it('count pairs in the right order, and ties half', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round += 1) {
      const truth = [1, 0, ...Array.from({ length: 20 }, () => Number(random() < 0.4))];
      const scores = truth.map(() => Math.floor(random() * 6));
      const pairs = truth.flatMap((a, i) =>
        truth.flatMap((b, j) => (a > b ? [Math.sign((scores[i] ?? 0) - (scores[j] ?? 0)) / 2 + 0.5] : [])),
      );
      expect(rocArea(scores, truth)).toBeCloseTo(pairs.reduce((sum, one) => sum + one, 0) / pairs.length, 12);
    }
  });

  it('have intervals that narrow as patients become more', () => {
    const widthOf = (count: number): number => {
      const random = seededRandom(9);
      const truth = Array.from({ length: count }, (_, i) => i % 2);
      const scores = truth.map((one) => one + 3 * random());
      const area = (indices: readonly number[]) => ({
        area: rocArea(
          indices.map((i) => scores[i] as number),
          indices.map((i) => truth[i] as number),
        ),
      });
      const { value, low, high } = bootstrap(truth, area, 400, 1).area;
      expect(value).toBeGreaterThan(low);
      expect(value).toBeLessThan(high);
      return high - low;
    };
    expect(widthOf(400) / widthOf(100)).toBeCloseTo(0.5, 0);
  });

  it('come from a fit whose gradient is 0', () => {
    const random = seededRandom(5);
    const rows = Array.from({ length: 60 }, () => [random() - 0.5, random() - 0.5]);
    const truth = rows.map(([a = 0]) => Number(random() < 0.5 + a));
    const weights = fitLogistic(rows, truth, 0.3);
    const errors = rows.map((row, k) => probability(weights, row) - (truth[k] as number));
    const slope = (j: number) => errors.reduce((sum, error, k) => sum + error * (rows[k]?.[j] ?? 1), 0);
    expect(slope(0) + (weights[0] as number) / 0.3).toBeCloseTo(0, 9);
    expect(slope(1) + (weights[1] as number) / 0.3).toBeCloseTo(0, 9);
    expect(slope(2)).toBeCloseTo(0, 9);
  });
});

const table = readCleveland(fileURLToPath(new URL('../../../shared/data', import.meta.url)));

describe.skipIf(table === undefined)('the Cleveland table (where ../shared is there)', () => {
  const { patients, diseased } = table ?? { patients: [], diseased: [] };
  const complete = patients.map((_, i) => i).filter((i) => isComplete(patients[i] ?? {}));
  const truth = complete.map((i) => diseased[i] as number);

  it('bears out the figure of the rules alone', () => {
    const engine = createEngine(rulesOf('heart-disease.fll'));
    const values = complete.map((i) => outputOf(engine, 'health', findingsOf(patients[i] ?? {})));
    expect(values).toHaveLength(297);
    expect(Math.min(...values)).toBeCloseTo(committed.reached[0], 4);
    expect(Math.max(...values)).toBeCloseTo(committed.reached[1], 4);
    expect(values.filter((value) => value === committed.alike.value)).toHaveLength(committed.alike.patients);
    expect(rocArea(values, truth)).toBeCloseTo(committed.crossValidated.rules.value, 4);
    expect(rocArea(values, truth)).toBeCloseTo(0.732, 3);
  });

  it('shows the lint that the output fills little of its range', () => {
    const records = complete.map((i) => findingsOf(patients[i] ?? {}));
    const findings = lintKnowledgeBase(rulesOf('heart-disease.fll'), { samples: 0, records });
    const saturation = findings.find(({ code }) => code === 'saturation');
    expect(saturation?.evidence).toMatchObject({
      reached: [expect.closeTo(1.3554, 4), expect.closeTo(2.3341, 4)],
      points: 297,
    });
  });

  it('bears out the figures of model and hybrid, from models that never saw the patient', () => {
    const some = complete.map((i) => patients[i] ?? {});
    const model = outOfFold(some, truth, PROTOCOL.folds, PROTOCOL.seed, (seen, ofSeen, seed) => {
      expect(seen.length).toBeLessThan(270);
      return trainHeartModel(seen, ofSeen, seed);
    });
    const engine = createEngine(rulesOf('heart-disease-hybrid.fll'));
    const hybrid = some.map((patient, i) => outputOf(engine, 'risk', { ...findingsOf(patient), model_risk: model[i] }));
    expect(rocArea(model, truth)).toBeCloseTo(committed.crossValidated.model.value, 4);
    expect(rocArea(hybrid, truth)).toBeCloseTo(committed.crossValidated.hybrid.value, 4);
  });

  it('gives the weights and the AUC of the model that ships', () => {
    const setAside = jsonOf<{ test_rows: number[] }>(...training, 'split.json').test_rows;
    const metrics = jsonOf<{
      coefficients: Record<string, number>;
      test: { metrics: { auc: { value: number } } };
    }>(...training, 'metrics.json');
    const { weights, predict } = fitShipped({ patients, diseased }, setAside);
    const expected = Object.values(metrics.coefficients);
    expect(weights).toHaveLength(expected.length);
    for (const [i, weight] of weights.entries()) expect(weight).toBeCloseTo(expected[i] as number, 3);
    const area = rocArea(
      setAside.map((i) => predict(patients[i] ?? {})),
      setAside.map((i) => diseased[i] as number),
    );
    expect(area).toBeCloseTo(metrics.test.metrics.auc.value, 4);
  });
});
