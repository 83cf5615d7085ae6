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

const RESAMPLES = 2000;

/**
 * Where the median of what the values were drawn from lies with a confidence of 95 %: bootstrap with the percentile
 * method (Efron 1979), with the same numbers at random each time.
 *
 * @returns {[number, number]}
 */
export function interval(values) {
  let state = 1;
  const place = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * values.length);
  };
  const medians = Array.from({ length: RESAMPLES }, () => median(Array.from(values, () => values[place()])));
  return [quantile(medians, 0.025), quantile(medians, 0.975)];
}
