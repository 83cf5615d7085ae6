import { expect, it } from 'vitest';
import { distributionOf, roundStep } from './distribution.js';

it('counts every value once, those at both ends too', () => {
  const found = distributionOf([0, 0.05, 0.5, 1], [0, 1]);
  expect(found?.histogram.counts.reduce((sum, one) => sum + one, 0)).toBe(4);
  expect([0, 1, 10, 19].map((bin) => found?.histogram.counts[bin])).toEqual([1, 1, 1, 1]);
  expect(found).toMatchObject({ count: 4, minimum: 0, maximum: 1, median: 0.275 });
});

it('has quartiles between the two nearest values', () => {
  expect(distributionOf([4, 1, 3, 2])).toMatchObject({
    lowerQuartile: 1.75,
    median: 2.5,
    upperQuartile: 3.25,
    mean: 2.5,
  });
});

it('takes round bounds that hold all values, equal and negative ones too', () => {
  for (const values of [
    [5, 5],
    [0, 0],
    [-3.2, 1.1],
    [1234.5, 9876],
    [1e-9, 2e-9],
    [-1e12, 1e12],
  ]) {
    const { from, to } = distributionOf(values)?.histogram ?? { from: 0, to: 0 };
    expect(from, String(values)).toBeLessThanOrEqual(Math.min(...values));
    expect(to, String(values)).toBeGreaterThanOrEqual(Math.max(...values));
    expect(to, String(values)).toBeGreaterThan(from);
  }
  expect(distributionOf([1240, 2257])?.histogram).toMatchObject({ from: 1200, to: 2400 });
});

it('has no distribution of nothing, and steps of 1, 2 or 5 times a power of ten', () => {
  expect(distributionOf([])).toBeUndefined();
  expect([1, 0.9, 17, 3000, 0.0007].map((width) => roundStep(width, 10))).toEqual([0.1, 0.1, 2, 500, 0.0001]);
});
