import { describe, expect, it } from 'vitest';
import { parseTerm } from '../formats/parse-term.js';
import { degreeOf } from './degree-of.js';
import { isMonotone, tsukamoto } from './tsukamoto.js';

const degree = (term: string, x: number): number =>
  degreeOf(parseTerm(`t ${term}`, { line: 1, column: 1 }).definition, x);

describe('degreeOf', () => {
  it.each([
    ['Triangle 2 4 7', 4, 1],
    ['Triangle 2 4 7', 2, 0],
    // An upright side belongs to the set.
    ['Triangle 2 2 7', 2, 1],
    ['Triangle -inf 4 7', -100, 1],
    ['Trapezoid 1 3 6 9', 7.5, 0.5],
    ['Trapezoid 1 3 6 inf', 1e9, 1],
    ['Rectangle 6 3', 4, 1],
    ['Ramp 8 2', 5, 0.5],
    ['SShape 2 8', 5, 0.5],
    ['ZShape 2 8', 3.5, 0.875],
    ['Cosine 5 6', 5, 1],
    ['Cosine 5 6', 8.001, 0],
    ['Binary 5 -inf', 5, 1],
    ['Binary 5 3', 6, 0],
    ['Gaussian 5 1.5 0.5', 5, 0.5],
  ])('%s at %d is %d', (term, x, expected) => {
    expect(degree(term, x)).toBeCloseTo(expected, 12);
  });

  it('holds the first degree of a jump, unless the second is listed twice (Arden Syntax 2.9)', () => {
    expect(degree('Discrete 2 0 2 1 2 1 3 1 3 0', 2)).toBe(1);
    expect(degree('Discrete 2 0 2 1 3 1 3 0', 2)).toBe(0);
    expect(degree('Discrete 2 0 2 1 3 1 3 0', 2.0001)).toBe(1);
    expect(degree('Discrete 2 0 2 1 3 1 3 0', 3)).toBe(1);
    expect(degree('Discrete 2 0 2 1 3 1 3 0', 3.0001)).toBe(0);
  });
});

describe('tsukamoto', () => {
  it.each([
    'Ramp 2 8',
    'Ramp 8 2',
    'SShape 2 8',
    'ZShape 2 8',
    'Sigmoid 5 2',
    'Sigmoid 5 -2',
    'Concave 4 6',
    'Concave 6 4',
    'Ramp 0 4 0.5',
  ])('undoes %s', (text) => {
    const { definition } = parseTerm(`t ${text}`, { line: 1, column: 1 });
    expect(isMonotone(definition)).toBe(true);
    for (const wanted of [0.05, 0.3, 0.45]) {
      expect(degreeOf(definition, tsukamoto(definition, wanted, [0, 10]) as number)).toBeCloseTo(wanted, 12);
    }
  });

  it.each(['SShape 2 8 0.5', 'ZShape 2 8 0.5', 'Sigmoid 5 2 0.5', 'Sigmoid 5 -2 0.5'])(
    'has no value for a degree that %s reaches nowhere',
    (text) => {
      const { definition } = parseTerm(`t ${text}`, { line: 1, column: 1 });
      expect(tsukamoto(definition, 0.6, [0, 10])).toBeNaN();
    },
  );

  it('knows no inverse of a set with two sides', () => {
    expect(tsukamoto(parseTerm('t Triangle 0 1 2', { line: 1, column: 1 }).definition, 0.5, [0, 2])).toBeUndefined();
  });
});
