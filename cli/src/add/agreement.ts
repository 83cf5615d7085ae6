import {
  bootstrap,
  type ClassifiedSample,
  type Estimate,
  reportClassification,
  rocPoints,
  type WeightedStatistic,
} from '@deephealth/sdk';
import type { Agreement } from './add-plan.js';
import { meanOf } from './score-candidates.js';

/** Part of an interval that the AUC must stay away from 0.5 beyond it. */
const CAUTION = 0.25;
const BOOTSTRAP = { resamples: 1000, seed: 20 };

/** What the labels say of the answers: whether they go together at all, or go against each other. */
export interface JudgedAgreement extends Agreement {
  readonly verdict: 'agrees' | 'no better than chance' | 'says the opposite';
}

/** Answers of a classifier beside the labels, as indices of classes. */
export function classificationAgreement(
  probabilities: readonly (readonly number[])[],
  truth: readonly number[],
  labels: readonly string[],
  threshold: number,
  skippedCount: number,
): JudgedAgreement {
  const isBinary = labels.length === 2;
  const samples = probabilities.map((row, index): ClassifiedSample => {
    const decided = isBinary ? Number((row[1] as number) >= threshold) : row.indexOf(Math.max(...row));
    return {
      ...{ index, location: '', truth: [truth[index] as number], probabilities: row },
      ...{ decision: [decided], abstained: false },
    };
  });
  const report = reportClassification(samples, labels, isBinary ? 'binary' : 'multiclass', BOOTSTRAP);
  const ofClass = isBinary ? report.classes[0]?.metrics : undefined;
  const auc = ofClass?.auc ?? report.overall.macro_auc;
  const metrics: Record<string, Estimate> = {
    ...(report.overall.accuracy && { accuracy: report.overall.accuracy }),
    ...(auc && { auc }),
    ...(ofClass?.sensitivity && { sensitivity: ofClass.sensitivity }),
    ...(ofClass?.specificity && { specificity: ofClass.specificity }),
  };
  const youden = isBinary
    ? youdenThreshold(
        probabilities.map((row) => row[1] as number),
        truth,
      )
    : undefined;
  return {
    ...{ sampleCount: samples.length, skippedCount, metrics, verdict: verdictOf(auc) },
    ...(youden !== undefined && { youdenThreshold: youden }),
  };
}

function verdictOf(auc: Estimate | undefined): JudgedAgreement['verdict'] {
  if (auc === undefined || auc.value === null || auc.low === null || auc.high === null) return 'no better than chance';
  const { value, low, high } = auc;
  // Several readings were tried and the best one is judged, so more is asked of it than one interval.
  if (low - CAUTION * (value - low) > 0.5) return 'agrees';
  return high + CAUTION * (high - value) < 0.5 ? 'says the opposite' : 'no better than chance';
}

/** The score from which on deciding for the positive class gives the largest sum of sensitivity and specificity. */
function youdenThreshold(scores: readonly number[], truth: readonly number[]): number | undefined {
  const isTrue = truth.map((label) => label === 1);
  const points = rocPoints({ truth: isTrue, score: scores, decided: [], isDecided: [] });
  // One point for each distinct score, from the highest on, after (0, 0).
  const distinct = [...new Set(scores)].sort((a, b) => b - a);
  let best: number | undefined;
  let most = 0;
  points.slice(1).forEach(([falsePositives, truePositives], index) => {
    const gain = truePositives - falsePositives;
    if (gain > most) [most, best] = [gain, distinct[index]];
  });
  return best;
}

/** Numbers of a model beside those of the samples. */
export function regressionAgreement(
  predicted: readonly number[],
  truth: readonly number[],
  skippedCount: number,
): JudgedAgreement {
  const mean = meanOf(truth);
  const errors = predicted.map((value, index) => value - (truth[index] as number));
  const weighted =
    (of: (index: number) => number): WeightedStatistic =>
    (weights) => {
      let [sum, total] = [0, 0];
      errors.forEach((_, index) => {
        const weight = weights[index] as number;
        sum += weight * of(index);
        total += weight;
      });
      return sum / total;
    };
  const meanSquare = weighted((index) => (errors[index] as number) ** 2);
  const spreadOf = weighted((index) => ((truth[index] as number) - mean) ** 2);
  const metrics = bootstrap(
    truth.length,
    {
      mean_absolute_error: weighted((index) => Math.abs(errors[index] as number)),
      root_mean_square_error: (weights) => Math.sqrt(meanSquare(weights)),
      explained_variance: (weights) => 1 - meanSquare(weights) / spreadOf(weights),
    },
    BOOTSTRAP,
  );
  const { low, value } = metrics.explained_variance ?? { low: null, value: null };
  const isBetter = (low ?? value ?? 0) > 0;
  return { sampleCount: truth.length, skippedCount, metrics, verdict: isBetter ? 'agrees' : 'no better than chance' };
}
