/** Largest numerator and denominator that the resampling kernel takes. */
const LARGEST = 2 ** 16;
const TOLERANCE = 1e-9;

/**
 * Whole numbers whose ratio is `to / from` within one part in a thousand million, the smallest there are
 * (by continued fractions); undefined if none up to 65536 are.
 */
export function resamplingRatio(from: number, to: number): { readonly up: number; readonly down: number } | undefined {
  const wanted = to / from;
  let [value, before, up, beforeDown, down] = [wanted, 1, Math.floor(wanted), 0, 1];
  while (up <= LARGEST && down <= LARGEST) {
    if (up >= 1 && Math.abs(up / down - wanted) <= wanted * TOLERANCE) return { up, down };
    const rest = value - Math.floor(value);
    if (rest < 1e-12) return undefined;
    value = 1 / rest;
    const digit = Math.floor(value);
    [before, up, beforeDown, down] = [up, digit * up + before, down, digit * down + beforeDown];
  }
  return undefined;
}
