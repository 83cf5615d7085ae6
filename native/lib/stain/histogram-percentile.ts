/** Bins of every histogram of a fit. */
export const BINS = 16384;

/**
 * Percentile of binned values, in units of bins from the lower edge of bin 0.
 *
 * Of N values the one of rank `fraction * (N - 1)` is sought, counted from 0 (the linear percentile of
 * NumPy); the values of a bin are taken as spread evenly over it. The result is within one bin of the
 * value of rank `floor(fraction * (N - 1))`. NaN where there are no values.
 */
export function histogramPercentile(counts: Uint32Array, fraction: number): number {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return Number.NaN;
  const rank = fraction * (total - 1);
  let below = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] as number;
    // The last value of the bin has rank below + count - 1; a rank between two bins is the lower one's.
    if (count > 0 && rank < below + count) {
      return bin + Math.min((rank - below + 0.5) / count, 1);
    }
    below += count;
  }
  return counts.length;
}
