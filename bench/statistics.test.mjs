import { describe, expect, it } from 'vitest';
import { interval, median, quantile, rounded, spread } from './statistics.mjs';

describe('statistics', () => {
  it('takes the value in the middle, and the mean of the two there', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 5, 9])).toBe(7);
    expect(median([])).toBeNaN();
  });

  it('sorts by number, not by text', () => {
    expect(median([100, 9, 20])).toBe(20);
    expect(quantile([100, 9, 20], 1)).toBe(100);
  });

  it('gives the smallest value that the share does not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile([3], 0.99)).toBe(3);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('says where a median lies: closer with more values, and the same each time', () => {
    const some = Array.from({ length: 400 }, (_, index) => 1 + ((index * 7) % 41) / 100);
    const [low, high] = interval(some);
    expect(low).toBeLessThanOrEqual(median(some));
    expect(high).toBeGreaterThanOrEqual(median(some));
    const [fewLow, fewHigh] = interval(some.slice(0, 9));
    expect(high - low).toBeLessThan((fewHigh - fewLow) / 2);
    expect(interval(some)).toEqual([low, high]);
    expect(interval([3])).toEqual([3, 3]);
  });

  it('measures the spread to both sides of 1', () => {
    expect(spread([1.02, 0.9, 1.05])).toBeCloseTo(0.1);
    expect(spread([1.3, 0.9])).toBeCloseTo(0.3);
  });

  it('rounds to significant digits and leaves what is no number', () => {
    expect(rounded(0.000123456)).toBe(0.0001235);
    expect(rounded(1234567, 3)).toBe(1230000);
    expect(rounded(Number.NaN)).toBeNaN();
  });
});
