import { describe, expect, it } from 'vitest';
import { differenceOf, quantile, totalOf } from './histogram-quantile.js';

const bounds = [1, 2, 4];
const of = (...counts: number[]) => ({ bounds, counts });

describe('a quantile of a histogram', () => {
  it('lies on a straight line within its bucket', () => {
    expect(quantile(of(0, 10, 0, 0), 0.5)).toBe(1.5);
    expect(quantile(of(5, 0, 5, 0), 0.5)).toBe(1);
    expect(quantile(of(5, 0, 5, 0), 0.75)).toBe(3);
    expect(quantile(of(4, 0, 0, 0), 1)).toBe(1);
  });

  it('is the greatest bound for what lies above all of them, and none of an empty one', () => {
    expect(quantile(of(0, 0, 0, 3), 0.99)).toBe(4);
    expect(quantile(of(0, 0, 0, 0), 0.5)).toBeNull();
  });

  it('never falls as its part grows', () => {
    const parts = Array.from({ length: 101 }, (_, index) => index / 100);
    const values = parts.map((part) => quantile(of(3, 0, 17, 2), part) as number);
    expect(values).toEqual([...values].sort((one, other) => one - other));
  });
});

describe('what came between two looks', () => {
  it('is the difference, or all where the count began anew', () => {
    expect(differenceOf(of(3, 4, 5, 1), of(1, 4, 0, 0)).counts).toEqual([2, 0, 5, 1]);
    expect(differenceOf(of(1, 0, 0, 0), of(9, 9, 9, 9)).counts).toEqual([1, 0, 0, 0]);
    expect(totalOf(of(1, 2, 3, 4))).toBe(10);
  });
});
