import { describe, expect, it } from 'vitest';
import { type DegreeOperator, sNorms, tNorms } from './norms.js';

const degrees = Array.from({ length: 21 }, (_, i) => i / 20);
const pairs = degrees.flatMap((a) => degrees.map((b) => [a, b] as const));
const isConorm = ([name]: [string, DegreeOperator]): boolean => name !== 'UnboundedSum' && name !== 'NormalizedSum';

/** The axioms that make an operator a norm with this neutral element. */
function checkAxioms(operator: DegreeOperator, neutral: 0 | 1): void {
  for (const [a, b] of pairs) {
    expect(operator(a, neutral)).toBeCloseTo(a, 12);
    expect(operator(a, b)).toBeCloseTo(operator(b, a), 12);
    expect(operator(a, b)).toBeGreaterThanOrEqual(0);
    expect(operator(a, b)).toBeLessThanOrEqual(1);
    const more = Math.min(1, b + 0.05);
    expect(operator(a, more)).toBeGreaterThanOrEqual(operator(a, b) - 1e-12);
  }
}

describe('triangular norms', () => {
  it.each(Object.entries(tNorms))('%s has 1 as neutral element, commutes and rises', (_, operator) => {
    checkAxioms(operator, 1);
  });

  it.each(Object.entries(sNorms).filter(isConorm))('%s has 0 as neutral element, commutes and rises', (_, operator) => {
    checkAxioms(operator, 0);
  });

  it.each(Object.entries(tNorms))('%s groups as one likes', (_, operator) => {
    // Degrees that are sums of powers of 2, so that no rounding decides on which side of 1 a sum lies.
    const exact = [0, 0.125, 0.25, 0.5, 0.75, 1];
    for (const a of exact) {
      for (const b of exact) {
        for (const c of exact) expect(operator(operator(a, b), c)).toBeCloseTo(operator(a, operator(b, c)), 12);
      }
    }
  });

  it.each([
    ['Minimum', 'Maximum'],
    ['AlgebraicProduct', 'AlgebraicSum'],
    ['BoundedDifference', 'BoundedSum'],
    ['DrasticProduct', 'DrasticSum'],
    ['EinsteinProduct', 'EinsteinSum'],
    ['HamacherProduct', 'HamacherSum'],
    ['NilpotentMinimum', 'NilpotentMaximum'],
  ] as const)('%s and %s are dual', (tNorm, sNorm) => {
    for (const a of [0, 0.125, 0.25, 0.5, 0.625, 1]) {
      for (const b of [0, 0.125, 0.25, 0.5, 0.625, 1]) {
        expect(sNorms[sNorm](a, b)).toBeCloseTo(1 - tNorms[tNorm](1 - a, 1 - b), 12);
      }
    }
  });

  it('adds beyond 1 without bounds, and shares by the sum where it is normalised', () => {
    expect(sNorms.UnboundedSum(0.75, 0.5)).toBe(1.25);
    expect(sNorms.NormalizedSum(0.75, 0.5)).toBe(1);
    expect(sNorms.NormalizedSum(0.25, 0.5)).toBe(0.75);
  });
});
