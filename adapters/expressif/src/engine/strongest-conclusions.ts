import { type DegreeOperator, tNorms } from '../fuzzy/norms.js';
import type { FiredConclusion } from './output-engine.js';

/**
 * Implications whose result never falls when the degree rises, down to the last bit. The quotients of Einstein and
 * Hamacher may fall by a rounding, and the drastic product does so for degrees beyond 1.
 */
const RISING: ReadonlySet<DegreeOperator | undefined> = new Set([
  tNorms.Minimum,
  tNorms.AlgebraicProduct,
  tNorms.BoundedDifference,
  tNorms.NilpotentMinimum,
]);

/**
 * The conclusions that decide the maximum: of those that conclude the same term in the same way, the one with the
 * highest degree. The set that they make is the same, bit for bit.
 *
 * @param fired with degrees that are numbers
 */
export function strongestConclusions(fired: readonly FiredConclusion[]): readonly FiredConclusion[] {
  const strongest = new Map<string, FiredConclusion>();
  const others: FiredConclusion[] = [];
  for (const conclusion of fired) {
    const { term, degree, implication } = conclusion;
    const known = strongest.get(term);
    if (!RISING.has(implication) || (known !== undefined && known.implication !== implication)) others.push(conclusion);
    else if (known === undefined || degree > known.degree) strongest.set(term, conclusion);
  }
  for (const conclusion of strongest.values()) others.push(conclusion);
  return others;
}
