import { describe, expect, it } from 'vitest';
import { extentOf, linePath, niceTicks, timeTicks } from './scale.js';

describe('a scale', () => {
  it('has round marks within its range', () => {
    expect(niceTicks(0, 1.8, 4)).toEqual([0, 0.5, 1, 1.5]);
    expect(niceTicks(-0.72, 1.92, 3)).toEqual([0, 1]);
    expect(niceTicks(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it('of nothing has one mark', () => {
    expect(niceTicks(5, 5, 4)).toEqual([5]);
    expect(niceTicks(Number.NaN, 1, 4)).toEqual([Number.NaN]);
  });

  it('of time has marks of a clock', () => {
    expect(timeTicks(294, 6)).toEqual([0, 60, 120, 180, 240]);
    expect(timeTicks(20, 4)).toEqual([0, 5, 10, 15, 20]);
    expect(timeTicks(86_400 * 10, 4)).toEqual([0, 3, 6, 9].map((day) => day * 86_400));
  });

  it('reaches from the least to the greatest number', () => {
    expect(extentOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY])).toEqual([-1, 3]);
    expect(extentOf([Number.NaN])).toBeUndefined();
    expect(extentOf([])).toBeUndefined();
  });
});

describe('a line', () => {
  it('goes from left to right, the greatest value at the top', () => {
    expect(linePath([0, 5, 10], [0, 10], 100, 20)).toBe('M0.0 20.0L50.0 10.0L100.0 0.0');
  });

  it('has a gap where there is no number', () => {
    expect(linePath([0, Number.NaN, 10], [0, 10], 100, 20)).toBe('M0.0 20.0M100.0 0.0');
  });

  it('lies in the middle where all values are the same', () => {
    expect(linePath([7, 7], [7, 7], 10, 20)).toBe('M0.0 10.0L10.0 10.0');
  });
});
