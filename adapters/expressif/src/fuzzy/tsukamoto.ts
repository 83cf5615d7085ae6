import type { TermDefinition } from '../knowledge-base.js';

/**
 * The value whose degree of membership in a monotone term is `degree`: Tsukamoto's conclusion of a rule
 * (An approach to fuzzy reasoning method, 1979). `undefined` where the term is not monotone, or a shape whose
 * inverse is not known here. NaN for a degree above the term's height where the term is curved.
 *
 * @param degree 0 to 1
 * @param range of the output: what a sigmoid, which reaches 0 and 1 nowhere, answers there
 */
export function tsukamoto(term: TermDefinition, degree: number, range: readonly [number, number]): number | undefined {
  if (term.kind !== 'shape') return undefined;
  const [a, b] = term.parameters as readonly [number, number];
  const w = degree / term.height;
  switch (term.shape) {
    case 'Ramp':
      return a + (b - a) * w;
    case 'SShape':
      return rising(a, b, w);
    case 'ZShape':
      return rising(b, a, w);
    case 'Concave':
      return (a - b) / w + 2 * b - a;
    case 'Sigmoid':
      if (w <= 0) return b >= 0 ? range[0] : range[1];
      if (w === 1) return b >= 0 ? range[1] : range[0];
      return a + Math.log(w / (1 - w)) / b;
    default:
      return undefined;
  }
}

export const isMonotone = (term: TermDefinition): boolean =>
  term.kind === 'shape' && ['Ramp', 'SShape', 'ZShape', 'Concave', 'Sigmoid'].includes(term.shape);

/** The inverse of the two halves of parabolas from `from` (degree 0) to `to` (degree 1). */
function rising(from: number, to: number, w: number): number {
  return w <= 0.5 ? from + (to - from) * Math.sqrt(w / 2) : to - (to - from) * Math.sqrt((1 - w) / 2);
}
