// The procedure that made the model heart-disease-risk, as samples/models/heart-disease-risk/training/train.py has it:
// its columns, its way with what is missing, its choice of the penalty. So it can be repeated within each fold.
import { seededRandom } from '@deephealth/sdk';
import type { Patient } from './cleveland-table.js';
import { fitLogistic, probability, type Weights } from './logistic-regression.js';

/** Columns in the order of the model's features; of categories, their codes. */
const COLUMNS: readonly (readonly [name: string, codes?: readonly number[]])[] = [
  ['age'],
  ['sex', [0, 1]],
  ['cp', [1, 2, 3, 4]],
  ['trestbps'],
  ['chol'],
  ['fbs', [1]],
  ['restecg', [0, 1, 2]],
  ['thalach'],
  ['exang', [1]],
  ['oldpeak'],
  ['slope', [1, 2, 3]],
  ['ca'],
  ['thal', [3, 6, 7]],
];

export type HeartModel = {
  readonly weights: Weights;
  /** Probability of disease. */
  readonly predict: (patient: Patient) => number;
};

/** @param strength the inverse of the penalty, C */
export function fitHeartModel(patients: readonly Patient[], truth: readonly number[], strength: number): HeartModel {
  const scales = new Map(
    COLUMNS.filter(([, codes]) => codes === undefined).map(([name]) => {
      const known = patients.map((patient) => patient[name]).filter((value) => value !== undefined);
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
      return [name, { mean, deviation: Math.sqrt(variance) }] as const;
    }),
  );
  // What is missing speaks for nothing: the mean of a number, no category of a code.
  const featuresOf = (patient: Patient): number[] =>
    COLUMNS.flatMap(([name, codes]) => {
      const value = patient[name];
      if (codes !== undefined) return codes.map((code) => Number(value === code));
      const { mean, deviation } = scales.get(name) as { mean: number; deviation: number };
      return value === undefined ? 0 : (value - mean) / deviation;
    });
  const weights = fitLogistic(patients.map(featuresOf), truth, strength);
  return { weights, predict: (patient) => probability(weights, featuresOf(patient)) };
}

const STRENGTHS = [0.01, 0.03, 0.1, 0.3, 1, 3];
const INNER_FOLDS = 5;

/** The whole procedure: the penalty with the least log loss in folds of these patients, then a fit to all of them. */
export function trainHeartModel(patients: readonly Patient[], truth: readonly number[], seed: number): HeartModel {
  const losses = STRENGTHS.map((strength) => {
    const unseen = outOfFold(patients, truth, INNER_FOLDS, seed, (some, ofSome) =>
      fitHeartModel(some, ofSome, strength),
    );
    return unseen.reduce((sum, p, i) => sum - Math.log(truth[i] === 1 ? p : 1 - p), 0);
  });
  const best = losses.indexOf(Math.min(...losses));
  return fitHeartModel(patients, truth, STRENGTHS[best] as number);
}

/** The probability of each patient from a model that was made without the patient's fold. */
export function outOfFold(
  patients: readonly Patient[],
  truth: readonly number[],
  folds: number,
  seed: number,
  train: (patients: readonly Patient[], truth: readonly number[], seed: number) => HeartModel,
): number[] {
  const foldOf = stratifiedFolds(truth, folds, seed);
  const found = new Array<number>(truth.length);
  for (let fold = 0; fold < folds; fold += 1) {
    const isSeen = (i: number): boolean => foldOf[i] !== fold;
    const model = train(
      patients.filter((_, i) => isSeen(i)),
      truth.filter((_, i) => isSeen(i)),
      seed,
    );
    patients.forEach((patient, i) => {
      if (!isSeen(i)) found[i] = model.predict(patient);
    });
  }
  return found;
}

/** The fold of each patient: both classes are shuffled and dealt out, one after the other. */
function stratifiedFolds(truth: readonly number[], folds: number, seed: number): number[] {
  const random = seededRandom(seed);
  const order = truth.map((value, index) => ({ value, index, key: random() }));
  order.sort((a, b) => a.value - b.value || a.key - b.key);
  const foldOf = new Array<number>(truth.length);
  for (const [place, { index }] of order.entries()) foldOf[index] = place % folds;
  return foldOf;
}
