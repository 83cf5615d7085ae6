import type { WeightedStatistic } from './bootstrap.js';

/** One class against the rest: what is true, what was decided, and how sure the model was. */
export interface BinaryProblem {
  readonly truth: readonly boolean[];
  readonly decided: readonly boolean[];
  /** False where the model abstained; such a sample has a score, but no decision. */
  readonly isDecided: readonly boolean[];
  readonly score: readonly number[];
}

/** Counts of decided samples. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Counts of right and wrong decisions, each sample with its weight. */
export function confusionOf({ truth, decided, isDecided }: BinaryProblem, weights: ArrayLike<number>): Confusion {
  let [truePositives, falsePositives, falseNegatives, trueNegatives] = [0, 0, 0, 0];
  truth.forEach((isTrue, i) => {
    const weight = isDecided[i] ? (weights[i] as number) : 0;
    if (isTrue && decided[i]) truePositives += weight;
    else if (isTrue) falseNegatives += weight;
    else if (decided[i]) falsePositives += weight;
    else trueNegatives += weight;
  });
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** Statistics of one class; NaN where a denominator is 0. Abstentions only count for AUC and Brier. */
export function binaryStatistics(problem: BinaryProblem): Record<string, WeightedStatistic> {
  const of = (ratio: (confusion: Confusion) => number) => (weights: ArrayLike<number>) =>
    ratio(confusionOf(problem, weights));
  return {
    auc: aucStatistic(problem),
    sensitivity: of((c) => c.truePositives / (c.truePositives + c.falseNegatives)),
    specificity: of((c) => c.trueNegatives / (c.trueNegatives + c.falsePositives)),
    precision: of((c) => c.truePositives / (c.truePositives + c.falsePositives)),
    f1: of((c) => (2 * c.truePositives) / (2 * c.truePositives + c.falsePositives + c.falseNegatives)),
    brier: brierStatistic(problem),
  };
}

/**
 * Area under the ROC curve: the share of pairs of a positive and a negative in which the positive has the
 * higher score, ties counting half (Hanley and McNeil 1982). The order of scores is found once.
 */
function aucStatistic({ truth, score }: BinaryProblem): WeightedStatistic {
  const order = score.map((_, i) => i).sort((a, b) => (score[a] as number) - (score[b] as number));
  return (weights) => {
    let [negativesBelow, pairs, positives] = [0, 0, 0];
    for (let start = 0; start < order.length; ) {
      let end = start;
      let [positivesHere, negativesHere] = [0, 0];
      for (; end < order.length && score[order[end] as number] === score[order[start] as number]; end++) {
        const i = order[end] as number;
        if (truth[i]) positivesHere += weights[i] as number;
        else negativesHere += weights[i] as number;
      }
      pairs += positivesHere * (negativesBelow + negativesHere / 2);
      negativesBelow += negativesHere;
      positives += positivesHere;
      start = end;
    }
    return pairs / (positives * negativesBelow);
  };
}

function brierStatistic({ truth, score }: BinaryProblem): WeightedStatistic {
  return (weights) => {
    let [sum, total] = [0, 0];
    truth.forEach((isTrue, i) => {
      const weight = weights[i] as number;
      sum += weight * ((score[i] as number) - Number(isTrue)) ** 2;
      total += weight;
    });
    return sum / total;
  };
}

/** Points (false positive rate, true positive rate) of the ROC curve, from (0,0) to (1,1). */
export function rocPoints({ truth, score }: BinaryProblem): [number, number][] {
  const positives = truth.filter(Boolean).length;
  const negatives = truth.length - positives;
  const order = score.map((_, i) => i).sort((a, b) => (score[b] as number) - (score[a] as number));
  const points: [number, number][] = [[0, 0]];
  let [hits, alarms] = [0, 0];
  order.forEach((i, place) => {
    if (truth[i]) hits += 1;
    else alarms += 1;
    const next = order[place + 1];
    if (next === undefined || score[next] !== score[i]) points.push([alarms / negatives, hits / positives]);
  });
  return points;
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly count: number;
  readonly meanScore: number;
  /** Share of the samples that are positive. */
  readonly observed: number;
}

const BINS = 10;

/** Ten bins of equal width; empty ones are left out. */
export function reliabilityBins({ truth, score }: BinaryProblem): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, scores: 0, positives: 0 }));
  score.forEach((value, i) => {
    const bin = bins[Math.min(Math.floor(value * BINS), BINS - 1)];
    if (bin === undefined) return;
    bin.count += 1;
    bin.scores += value;
    bin.positives += Number(truth[i]);
  });
  return bins
    .filter(({ count }) => count > 0)
    .map(({ count, scores, positives }) => ({ count, meanScore: scores / count, observed: positives / count }));
}
