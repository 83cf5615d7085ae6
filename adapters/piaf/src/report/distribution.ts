/** How values of one kind lie. */
export interface Distribution {
  readonly count: number;
  readonly minimum: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly maximum: number;
  readonly mean: number;
  readonly histogram: Histogram;
}

export interface Histogram {
  readonly from: number;
  readonly to: number;
  /** Of bins of equal width; each has its lower edge in it, the last one its upper one too. */
  readonly counts: readonly number[];
}

const BINS = 20;

/** The distribution of finite values; undefined for none. `range` is that of the histogram, else a round one. */
export function distributionOf(values: readonly number[], range?: readonly [number, number]): Distribution | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const [minimum, maximum] = [sorted[0] as number, sorted[sorted.length - 1] as number];
  const [from, to] = range ?? roundRange(minimum, maximum);
  const counts = Array<number>(BINS).fill(0);
  for (const value of sorted) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * BINS)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return {
    count: values.length,
    minimum,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    maximum,
    mean: values.reduce((sum, value) => sum + value / values.length, 0),
    histogram: { from, to, counts },
  };
}

/** Linear between the two nearest of a sorted list. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] as number;
  const high = sorted[Math.ceil(position)] as number;
  return low + (high - low) * (position - Math.floor(position));
}

/** Bounds with few digits that hold both values. */
function roundRange(minimum: number, maximum: number): [number, number] {
  const width = maximum - minimum || Math.abs(maximum) || 1;
  const step = roundStep(width, 10);
  const [from, to] = [Math.floor(minimum / step) * step, Math.ceil(maximum / step) * step];
  return from < to ? [from, to] : [from, from + step];
}

/** A step of 1, 2 or 5 times a power of ten that a width has at most `most` of. */
export function roundStep(width: number, most: number): number {
  // By multiplication alone, which is the same on every machine.
  let power = 1;
  while (power * most > width && power > 1e-300) power /= 10;
  while (power * 10 * most <= width && power < 1e300) power *= 10;
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => width / step <= most) ?? power * 10;
}
