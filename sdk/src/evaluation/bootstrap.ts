/** A value with the interval that resampling gives it; null where it is not defined. */
export interface Estimate {
  readonly value: number | null;
  /** 95 % percentile interval; null where too few resamples define the value. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A value from samples that count so many times each; NaN where it is not defined. */
export type WeightedStatistic = (weights: ArrayLike<number>) => number;

/** How intervals are drawn; the same seed gives the same. */
export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
}

/** Share of resamples that must define a value before it gets an interval. */
const LEAST_DEFINED = 0.9;

/**
 * Values of several statistics with 95 % percentile intervals from one bootstrap over samples (Efron and
 * Tibshirani 1993, chapter 13): each resample draws as many samples as there are, with replacement. The same
 * seed gives the same intervals on every machine.
 */
export function bootstrap(
  sampleCount: number,
  statistics: Readonly<Record<string, WeightedStatistic>>,
  { resamples, seed }: BootstrapOptions,
): Record<string, Estimate> {
  const random = seededRandom(seed);
  const drawn = Object.fromEntries(Object.keys(statistics).map((name) => [name, [] as number[]]));
  const weights = new Uint32Array(sampleCount);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < sampleCount; draw++) {
      const place = Math.floor(random() * sampleCount);
      weights[place] = (weights[place] as number) + 1;
    }
    for (const [name, statistic] of Object.entries(statistics)) drawn[name]?.push(statistic(weights));
  }
  const once = new Uint32Array(sampleCount).fill(1);
  return Object.fromEntries(
    Object.entries(statistics).map(([name, statistic]) => [
      name,
      toEstimate(statistic(once), drawn[name] ?? [], resamples),
    ]),
  );
}

function toEstimate(value: number, drawn: readonly number[], resamples: number): Estimate {
  const defined = drawn.filter((each) => !Number.isNaN(each)).sort((a, b) => a - b);
  const isKnown = !Number.isNaN(value) && defined.length > 0 && defined.length >= LEAST_DEFINED * resamples;
  return {
    value: Number.isNaN(value) ? null : value,
    low: isKnown ? quantile(defined, 0.025) : null,
    high: isKnown ? quantile(defined, 0.975) : null,
  };
}

/** Linear between the two nearest of a sorted list. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] as number;
  const high = sorted[Math.ceil(position)] as number;
  return low + (high - low) * (position - Math.floor(position));
}

/** Marsaglia's xorshift with 32 bits (2003), from a seed that is spread first; 0 to below 1. */
function seededRandom(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
