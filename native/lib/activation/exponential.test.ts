import { describe, expect, it } from 'vitest';
import { exponential } from './exponential.js';

/** exp(x) to some 40 digits, from the power series in integers scaled by 2^200; for |x| up to 40. */
function exact(x: number): bigint {
  const scale = 200n;
  // x = m / 2^60, which doubles of this size are up to their last bits.
  const m = BigInt(Math.round(x * 2 ** 46)) << 14n;
  let term = 1n << scale;
  let sum = term;
  for (let n = 1n; term !== 0n && n < 400n; n++) {
    term = (term * m) / (n << 60n);
    sum += term;
  }
  return sum;
}

describe('exponential', () => {
  it('is within one unit in the last place', () => {
    let worst = 0;
    for (let i = -4000; i <= 4000; i++) {
      // Numbers with 46 bits after the point, so that the reference is about this very number.
      const x = Math.round(((i / 4000) * 30 + i * 1e-5) * 2 ** 46) / 2 ** 46;
      const y = exponential(x);
      const ulp = 2 ** (Math.floor(Math.log2(y)) - 52);
      const error = Number((BigInt(Math.round(y / ulp)) << 200n) - exact(x) * 1n * reciprocal(ulp)) / 2 ** 200;
      worst = Math.max(worst, Math.abs(error));
    }
    expect(worst).toBeLessThan(1);
    expect(worst).toBeGreaterThan(0.3);
  });

  it('is exact where it can be, and goes to its ends', () => {
    expect(exponential(0)).toBe(1);
    expect(exponential(-0)).toBe(1);
    expect(exponential(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(exponential(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(exponential(Number.NaN)).toBeNaN();
    expect(exponential(709.782712893384)).toBeGreaterThan(1.797e308);
    expect(exponential(709.782712893384)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(exponential(709.8)).toBe(Number.POSITIVE_INFINITY);
    expect(exponential(-745.13)).toBe(Number.MIN_VALUE);
    expect(exponential(-745.2)).toBe(0);
    // 2^-1074 units below the normal numbers: rounded once.
    expect(exponential(-740) / Number.MIN_VALUE).toBe(Math.exp(-740) / Number.MIN_VALUE);
  });
});

/** 1 / ulp as an integer, for the powers of two up to 1; larger ones do not occur where this is used. */
function reciprocal(ulp: number): bigint {
  if (ulp > 1) throw new RangeError('ulp above 1');
  return 1n << BigInt(-Math.log2(ulp));
}
