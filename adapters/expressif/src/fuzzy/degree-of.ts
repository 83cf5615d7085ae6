import type { TermDefinition } from '../knowledge-base.js';
import { shapes } from './shapes.js';

/** The degree of membership of a finite `x` in a term that is a fuzzy set. */
export function degreeOf(term: TermDefinition, x: number): number {
  if (term.kind === 'shape') return term.height * shapes[term.shape].degree(term.parameters, x);
  if (term.kind === 'discrete') return term.height * interpolate(term.points, x);
  throw new TypeError(`a term of kind ${term.kind} is a value, not a fuzzy set`);
}

export const isFuzzySet = (term: TermDefinition): boolean => term.kind === 'shape' || term.kind === 'discrete';

/**
 * Where an `x` repeats, the function jumps: the first degree listed holds at that point, unless the second is
 * listed twice (HL7 Arden Syntax 2.9, fuzzy sets).
 */
function interpolate(points: readonly (readonly [number, number])[], x: number): number {
  const first = points[0] as readonly [number, number];
  const last = points[points.length - 1] as readonly [number, number];
  if (x < first[0]) return first[1];
  if (x > last[0]) return last[1];
  const here = points.filter(([at]) => at === x).map(([, degree]) => degree);
  if (here.length > 0) return (here.find((degree, i) => here[i + 1] === degree) ?? here[0]) as number;
  const after = points.findIndex(([at]) => at > x);
  const [x0, y0] = points[after - 1] as readonly [number, number];
  const [x1, y1] = points[after] as readonly [number, number];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
