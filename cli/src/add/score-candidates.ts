import { bootstrap, type WeightedStatistic } from '@deephealth/sdk';

/** Losses of one reading of the samples, one for each of them. */
export interface ScoredReading {
  readonly settings: Readonly<Record<string, string>>;
  readonly losses: readonly number[];
}

export interface Choice {
  readonly best: ScoredReading;
  /** The best one, and those that the samples cannot tell from it. */
  readonly plausible: readonly ScoredReading[];
}

/** Fewer say nothing that could be relied on. */
export const FEWEST_LABELLED = 20;
const BOOTSTRAP = { resamples: 1000, seed: 20 };
/** A reading must be this much better, too: a hair's breadth is no proof, however many samples show it. */
const LEAST_GAIN = 0.05;
const SMALLEST_PROBABILITY = 1e-6;

/**
 * The reading with the smallest mean loss, and every other one whose loss on the same samples is not clearly larger:
 * the 95 % interval of the mean difference, by a bootstrap over samples, reaches 0 or below, or the gain is small.
 */
export function chooseReading(readings: readonly ScoredReading[]): Choice {
  const ordered = [...readings].sort((a, b) => meanOf(a.losses) - meanOf(b.losses));
  const best = ordered[0] as ScoredReading;
  const statistics = Object.fromEntries(
    ordered.slice(1).map(({ losses }, index) => [String(index), meanDifference(losses, best.losses)]),
  );
  const gains = bootstrap(best.losses.length, statistics, BOOTSTRAP);
  const rivals = ordered.slice(1).filter((_, index) => {
    const { low, value } = gains[String(index)] ?? { low: null, value: null };
    return low === null || value === null || low <= 0 || value < LEAST_GAIN * Math.max(meanOf(best.losses), LEAST_GAIN);
  });
  return { best, plausible: [best, ...rivals] };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanDifference(of: readonly number[], than: readonly number[]): WeightedStatistic {
  return (weights) => {
    let [sum, total] = [0, 0];
    of.forEach((loss, i) => {
      const weight = weights[i] as number;
      sum += weight * (loss - (than[i] as number));
      total += weight;
    });
    return sum / total;
  };
}

/** Negative log-likelihood of the true class. */
export function logLoss(probabilities: readonly number[], truth: number): number {
  return -Math.log(Math.max(probabilities[truth] ?? 0, SMALLEST_PROBABILITY));
}

/** Probabilities of the classes in tensor order, from what the tensor holds; one number is that of the second class. */
export function toProbabilities(row: ArrayLike<number>, meaning: 'probabilities' | 'logits'): number[] {
  const values = Array.from(row);
  if (values.length === 1) {
    const [value] = values as [number];
    const positive = meaning === 'logits' ? 1 / (1 + Math.exp(-value)) : value;
    return [1 - positive, positive];
  }
  if (meaning === 'probabilities') return values;
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** All orders of a list that is short enough for them to be tried. */
export function ordersOf<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, index) => ordersOf(list.filter((_, i) => i !== index)).map((rest) => [first, ...rest]));
}
