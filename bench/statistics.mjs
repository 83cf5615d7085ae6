/** The value in the middle; the mean of the two there if their number is even. NaN of nothing. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}

/** The smallest value that at least `share` (0 to 1) of all values do not exceed. NaN of nothing. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Largest distance of a ratio from 1: 0.05 is 5 %. */
export function spread(ratios) {
  return Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)));
}

/** To `digits` significant digits, as a number. */
export function rounded(value, digits = 4) {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}
