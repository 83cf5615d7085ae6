import { describe, expect, it } from 'vitest';
import { defuzzifyIntegral } from './defuzzify-integral.js';

const NAMES = ['Centroid', 'Bisector', 'SmallestOfMaximum', 'LargestOfMaximum', 'MeanOfMaximum'] as const;

describe('defuzzifyIntegral', () => {
  it.each([
    // Samples at 10.5, 11.5, 12.5, 13.5.
    ['Centroid', (10.5 + 12.5 * 3 + 13.5 * 3) / 7],
    // A quarter lies in the first step; the half of the area is 0.875.
    ['Bisector', 12 + 0.625 / 0.75],
    ['SmallestOfMaximum', 12.5],
    ['LargestOfMaximum', 13.5],
    ['MeanOfMaximum', 13],
  ] as const)('%s', (name, expected) => {
    expect(defuzzifyIntegral(name, Float64Array.of(0.25, 0, 0.75, 0.75), 10, 1)).toBeCloseTo(expected, 12);
  });

  it.each(NAMES)('%s lies in the middle of a symmetric set, and moves with it', (name) => {
    const set = Float64Array.of(0, 0.5, 1, 0.5, 0);
    expect(defuzzifyIntegral(name, set, 0, 2)).toBeCloseTo(5, 12);
    expect(defuzzifyIntegral(name, set, -100, 2)).toBeCloseTo(-95, 12);
  });

  it('parts a set in two halves in the middle between them', () => {
    expect(defuzzifyIntegral('Bisector', Float64Array.of(0.5, 0, 0, 0.5), 0, 1)).toBe(2);
  });

  it.each(NAMES)('%s has no finite value where a degree is no number', (name) => {
    expect(defuzzifyIntegral(name, Float64Array.of(0.5, Number.NaN, 0.5), 0, 1) ?? Number.NaN).toBeNaN();
  });

  it.each(NAMES)('%s has no value where every degree is 0', (name) => {
    expect(defuzzifyIntegral(name, new Float64Array(5), 0, 2)).toBeUndefined();
  });
});
