import { describe, expect, it } from 'vitest';
import { type BinaryProblem, binaryStatistics, reliabilityBins, rocPoints } from './binary-problem.js';
import { bootstrap } from './bootstrap.js';
import { reportClassification } from './classification-report.js';
import type { ClassifiedSample } from './evaluated-sample.js';
import { reportSegmentation } from './segmentation-report.js';

/** Numbers that look random and are the same everywhere. */
const noise = (i: number) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;

function problem(count: number, levels: number): BinaryProblem {
  const truth = Array.from({ length: count }, (_, i) => noise(i) > 0.6);
  const score = truth.map((isTrue, i) => Math.floor(levels * (0.7 * noise(i + 1000) + (isTrue ? 0.3 : 0))) / levels);
  return { truth, score, decided: score.map((s) => s >= 0.5), isDecided: truth.map(() => true) };
}

const once = (count: number) => new Uint32Array(count).fill(1);

describe('AUC', () => {
  it.each([4, 10, 1000])('is the share of pairs in the right order, ties counting half, with %i levels', (levels) => {
    const { truth, score, ...rest } = problem(300, levels);
    let [pairs, right] = [0, 0];
    truth.forEach((isTrue, i) => {
      truth.forEach((isOtherTrue, j) => {
        if (!isTrue || isOtherTrue) return;
        pairs += 1;
        right += (score[i] as number) > (score[j] as number) ? 1 : score[i] === score[j] ? 0.5 : 0;
      });
    });
    expect(binaryStatistics({ truth, score, ...rest }).auc?.(once(300))).toBeCloseTo(right / pairs, 12);
  });

  it('counts a sample as often as a resample draws it', () => {
    const { truth, score, decided, isDecided } = problem(50, 10);
    const weights = truth.map((_, i) => i % 4);
    const repeated = <T>(list: readonly T[]) => list.flatMap((each, i) => Array<T>(weights[i] as number).fill(each));
    const drawn: BinaryProblem = {
      truth: repeated(truth),
      score: repeated(score),
      decided: repeated(decided),
      isDecided: repeated(isDecided),
    };
    const [weighted, plain] = [binaryStatistics({ truth, score, decided, isDecided }), binaryStatistics(drawn)];
    for (const [name, statistic] of Object.entries(weighted)) {
      expect(statistic(weights), name).toBeCloseTo(plain[name]?.(once(drawn.truth.length)) as number, 12);
    }
  });

  it('is not defined without positives or without negatives', () => {
    for (const isTrue of [true, false]) {
      const lone = { truth: [isTrue, isTrue], score: [0.2, 0.8], decided: [false, true], isDecided: [true, true] };
      expect(binaryStatistics(lone).auc?.([1, 1])).toBeNaN();
    }
  });
});

describe('the ROC curve', () => {
  it('goes from (0,0) to (1,1) with one point for each score', () => {
    const points = rocPoints({
      truth: [true, false, true, false],
      score: [0.9, 0.8, 0.8, 0.1],
      decided: [],
      isDecided: [],
    });
    expect(points).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
  });
});

describe('reliability', () => {
  it('holds every sample in one of ten bins, a probability of 1 in the last', () => {
    const bins = reliabilityBins({
      truth: [true, false, true, true],
      score: [1, 0.95, 0.05, 0],
      decided: [],
      isDecided: [],
    });
    expect(bins).toEqual([
      { count: 2, meanScore: 0.025, observed: 1 },
      { count: 2, meanScore: 0.975, observed: 0.5 },
    ]);
  });
});

describe('bootstrap', () => {
  const mean = (values: readonly number[]) => (weights: ArrayLike<number>) =>
    values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / values.length;

  it('gives the interval of a mean that the normal approximation gives', () => {
    const values = Array.from({ length: 400 }, (_, i) => Number(noise(i) < 0.3));
    const share = mean(values)(once(400));
    const error = Math.sqrt((share * (1 - share)) / 400);
    const { low, high, value } = bootstrap(400, { mean: mean(values) }, { resamples: 4000, seed: 3 }).mean ?? {};
    expect(value).toBe(share);
    expect(low).toBeCloseTo(share - 1.96 * error, 2);
    expect(high).toBeCloseTo(share + 1.96 * error, 2);
  });

  it('is the same for one seed and not for two', () => {
    const values = Array.from({ length: 30 }, (_, i) => noise(i));
    const run = (seed: number) => bootstrap(30, { mean: mean(values) }, { resamples: 200, seed });
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('gives no interval where most resamples do not define the value, and no number where nothing does', () => {
    const rare = (weights: ArrayLike<number>) => ((weights[0] as number) > 0 ? 1 : Number.NaN);
    const options = { resamples: 500, seed: 1 };
    expect(bootstrap(50, { rare }, options).rare).toEqual({ value: 1, low: null, high: null });
    expect(bootstrap(5, { none: () => Number.NaN }, options).none).toEqual({ value: null, low: null, high: null });
  });
});

const sample = (index: number, truth: number[], decision: number[], abstained = false): ClassifiedSample => ({
  index,
  location: `${index}.png`,
  truth,
  decision,
  abstained,
  probabilities: [0, 1, 2].map((c) => (decision.includes(c) ? 0.8 : 0.1)),
});

describe('reportClassification', () => {
  it('leaves abstentions out of decisions, and counts them', () => {
    const samples = [sample(0, [0], [0]), sample(1, [1], [2]), sample(2, [2], [], true), sample(3, [2], [2])];
    const report = reportClassification(samples, ['a', 'b', 'c'], 'multiclass', { resamples: 100, seed: 1 });
    expect(report.abstainedCount).toBe(1);
    expect(report.overall.accuracy?.value).toBe(2 / 3);
    expect(report.confusion).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });

  it('of several labels asks for exactly the right set, and has no confusion matrix', () => {
    const samples = [sample(0, [0, 1], [1, 0]), sample(1, [1], [1, 2]), sample(2, [], [])];
    const report = reportClassification(samples, ['a', 'b', 'c'], 'multilabel', { resamples: 100, seed: 1 });
    expect(report.overall.accuracy?.value).toBe(2 / 3);
    expect(report.confusion).toBeUndefined();
    expect(report.classes.map(({ positives }) => positives)).toEqual([1, 2, 0]);
    expect(report.classes[2]?.metrics.auc).toEqual({ value: null, low: null, high: null });
  });
});

describe('reportSegmentation', () => {
  it('counts two empty masks as 1', () => {
    const empty = { index: 0, location: 'a', truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 9 };
    const { overall } = reportSegmentation([empty], { resamples: 100, seed: 1 });
    expect([overall.dice?.value, overall.iou?.value, overall.pooled_dice?.value]).toEqual([1, 1, 1]);
    expect(overall.pixel_sensitivity?.value).toBeNull();
  });
});
