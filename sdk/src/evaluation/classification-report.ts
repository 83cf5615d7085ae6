import {
  type BinaryProblem,
  binaryStatistics,
  type ReliabilityBin,
  reliabilityBins,
  rocPoints,
} from './binary-problem.js';
import { type BootstrapOptions, bootstrap, type Estimate, type WeightedStatistic } from './bootstrap.js';
import type { ClassifiedSample } from './evaluated-sample.js';

export type ClassificationMode = 'binary' | 'multiclass' | 'multilabel';

/** Figures of a classification over a data set. */
export interface ClassificationReport {
  readonly task: 'classification';
  readonly mode: ClassificationMode;
  readonly labels: readonly string[];
  readonly sampleCount: number;
  readonly abstainedCount: number;
  /** Over all classes. */
  readonly overall: Readonly<Record<string, Estimate>>;
  /** One class against the rest; of a binary model the positive class alone. */
  readonly classes: readonly ClassReport[];
  /** Rows: truth, columns: decision, of samples with one class each; not for multi-label models. */
  readonly confusion?: readonly (readonly number[])[];
  /** What the numbers were made from. */
  readonly samples: readonly ClassifiedSample[];
}

/** Figures of one class. */
export interface ClassReport {
  readonly label: string;
  readonly positives: number;
  readonly metrics: Readonly<Record<string, Estimate>>;
  readonly roc: readonly (readonly [number, number])[];
  readonly reliability: readonly ReliabilityBin[];
}

/** Metrics of a classifier with bootstrap intervals, and what its plots show. */
export function reportClassification(
  samples: readonly ClassifiedSample[],
  labels: readonly string[],
  mode: ClassificationMode,
  options: BootstrapOptions,
): ClassificationReport {
  const shown = mode === 'binary' ? [labels.length - 1] : labels.map((_, index) => index);
  const problems = shown.map((index) => problemOf(samples, index));
  const perClass = problems.map(binaryStatistics);
  const statistics: Record<string, WeightedStatistic> = { accuracy: accuracyStatistic(samples) };
  if (mode !== 'binary') {
    for (const name of ['auc', 'sensitivity', 'specificity', 'f1']) {
      statistics[`macro_${name}`] = macro(perClass.map((each) => each[name] as WeightedStatistic));
    }
  }
  perClass.forEach((each, place) => {
    for (const [name, statistic] of Object.entries(each)) statistics[`${place}:${name}`] = statistic;
  });
  const estimates = bootstrap(samples.length, statistics, options);
  const metricsOf = (prefix: string) =>
    Object.fromEntries(
      Object.entries(estimates).flatMap(([name, estimate]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), estimate]] : [],
      ),
    );
  return {
    task: 'classification',
    mode,
    labels,
    sampleCount: samples.length,
    abstainedCount: samples.filter(({ abstained }) => abstained).length,
    overall: Object.fromEntries(Object.entries(estimates).filter(([name]) => !name.includes(':'))),
    classes: problems.map((problem, place) => ({
      label: labels[shown[place] as number] as string,
      positives: problem.truth.filter(Boolean).length,
      metrics: metricsOf(`${place}:`),
      roc: rocPoints(problem),
      reliability: reliabilityBins(problem),
    })),
    ...(mode === 'multilabel' ? {} : { confusion: confusionMatrix(samples, labels.length) }),
    samples,
  };
}

function problemOf(samples: readonly ClassifiedSample[], index: number): BinaryProblem {
  return {
    truth: samples.map(({ truth }) => truth.includes(index)),
    decided: samples.map(({ decision }) => decision.includes(index)),
    isDecided: samples.map(({ abstained }) => !abstained),
    score: samples.map(({ probabilities }) => probabilities[index] as number),
  };
}

/** Share of decided samples whose classes are exactly those of the truth. */
function accuracyStatistic(samples: readonly ClassifiedSample[]): WeightedStatistic {
  const isRight = samples.map(
    ({ truth, decision }) => truth.length === decision.length && truth.every((index) => decision.includes(index)),
  );
  return (weights) => {
    let [right, total] = [0, 0];
    samples.forEach(({ abstained }, i) => {
      if (abstained) return;
      total += weights[i] as number;
      if (isRight[i]) right += weights[i] as number;
    });
    return right / total;
  };
}

/** Mean over the classes for which the value is defined. */
function macro(statistics: readonly WeightedStatistic[]): WeightedStatistic {
  return (weights) => {
    const values = statistics.map((statistic) => statistic(weights)).filter((value) => !Number.isNaN(value));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
}

function confusionMatrix(samples: readonly ClassifiedSample[], classCount: number): number[][] {
  const matrix = Array.from({ length: classCount }, () => Array<number>(classCount).fill(0));
  for (const { truth, decision, abstained } of samples) {
    const [is, decided] = [truth[0], decision[0]];
    const row = is === undefined ? undefined : matrix[is];
    if (abstained || row === undefined || decided === undefined) continue;
    row[decided] = (row[decided] ?? 0) + 1;
  }
  return matrix;
}
