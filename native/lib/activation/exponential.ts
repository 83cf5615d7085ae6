/** 2^k for k from -1100 to 1100, 0 and infinite beyond what FP64 holds. */
const POWERS = Float64Array.from({ length: 2201 }, (_, i) => 2 ** (i - 1100));

/** The upper 32 bits of ln 2, so that its product with k is exact, and the rest. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** Added to a number of up to 51 bits and subtracted again, it rounds to an integer, ties to even. */
const ROUNDING = 6755399441055744;

/**
 * exp(x) in FP64, within one unit in the last place, and the same bits on every machine and with every
 * version of Node.js, which `Math.exp` is not bound to be.
 *
 * x = k ln 2 + r with k the integer nearest to x / ln 2 and ln 2 in two parts (Cody and Waite, Software
 * Manual for the Elementary Functions, 1980); exp(r) is the Taylor polynomial of degree 13 by Horner's
 * rule, whose remainder for |r| <= ln 2 / 2 is below 2^-57; the result is scaled by 2^k in two factors,
 * so that results below the normal numbers are rounded once.
 */
export function exponential(x: number): number {
  const bounded = Math.min(Math.max(x, -746), 710);
  const k = bounded * Math.LOG2E + ROUNDING - ROUNDING;
  const r = bounded - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  const half = k * 0.5 + ROUNDING - ROUNDING;
  return sum * (POWERS[half + 1100] as number) * (POWERS[k - half + 1100] as number);
}
