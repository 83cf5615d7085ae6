import type { HistogramCounts } from '@deephealth/runtime';

export function totalOf({ counts }: HistogramCounts): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What came between two looks; what began anew meanwhile counts from there on. */
export function differenceOf(later: HistogramCounts, earlier: HistogramCounts): HistogramCounts {
  if (totalOf(later) < totalOf(earlier)) return later;
  return { ...later, counts: later.counts.map((count, index) => Math.max(0, count - (earlier.counts[index] ?? 0))) };
}

/**
 * A quantile, by straight lines within the bucket that it falls into, as Prometheus estimates it. What lies above all
 * bounds is told as the greatest of them. Null for an empty histogram.
 *
 * @param part 0 to 1
 */
export function quantile(histogram: HistogramCounts, part: number): number | null {
  const { bounds, counts } = histogram;
  const total = totalOf(histogram);
  if (total === 0) return null;
  const rank = part * total;
  let below = 0;
  for (const [index, bound] of bounds.entries()) {
    const count = counts[index] ?? 0;
    if (below + count >= rank && count > 0) {
      const lower = index === 0 ? 0 : (bounds[index - 1] as number);
      return lower + (bound - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}
