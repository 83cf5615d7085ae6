import type { TermDefinition } from '../knowledge-base.js';
import { shapes } from './shapes.js';

/** The degree of membership of a finite `x` in a term that is a fuzzy set. */
export function degreeOf(term: TermDefinition, x: number): number {
  if (term.kind === 'shape') return term.height * shapes[term.shape].degree(term.parameters, x);
  if (term.kind === 'discrete') return term.height * interpolate(term.points, x);
  throw new TypeError(`a term of kind ${term.kind} is a value, not a fuzzy set`);
}

export const isFuzzySet = (term: TermDefinition): boolean => term.kind === 'shape' || term.kind === 'discrete';

type Points = readonly (readonly [number, number])[];

/**
 * Where an `x` repeats, the function jumps: the first degree listed holds at that point, unless the second is
 * listed twice (HL7 Arden Syntax 2.9, fuzzy sets).
 */
function interpolate(points: Points, x: number): number {
  const after = firstFrom(points, x);
  const next = points[after];
  if (next === undefined) return (points[points.length - 1] as readonly [number, number])[1];
  if (next[0] === x) return degreeAtJump(points, after);
  const before = points[after - 1];
  if (before === undefined) return next[1];
  const [x0, y0] = before;
  const [x1, y1] = next;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** The first point that does not lie before `x`, by halves. */
function firstFrom(points: Points, x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as readonly [number, number])[0] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function degreeAtJump(points: Points, first: number): number {
  const [x, degree] = points[first] as readonly [number, number];
  for (let i = first + 1; points[i]?.[0] === x; i += 1) {
    const [, one] = points[i - 1] as readonly [number, number];
    if (points[i]?.[1] === one) return one;
  }
  return degree;
}
