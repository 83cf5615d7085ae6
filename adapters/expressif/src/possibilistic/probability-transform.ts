import {
  type DistributionFault,
  degreesOf,
  type GivenDistribution,
  isFault,
  type PossibilityDistribution,
} from './possibility-distribution.js';

/**
 * How a probability distribution becomes one of possibility. There is no default: the two differ, and a rule base
 * is written for one of them.
 *
 * - `antipignistic`: the sum over j of min(p_i, p_j) (Dubois, Prade and Smets, A definition of subjective
 *   possibility, 2008). It gives improbable values more room.
 * - `minimum-specificity`: the sum of all p_j up to p_i (Dubois, Prade and Sandri, On possibility/probability
 *   transformations, 1993). It keeps possibility at least as large as the probability of every event, and no larger
 *   than that needs.
 */
export type ProbabilityTransform = 'antipignistic' | 'minimum-specificity';

export type TransformOptions = {
  /**
   * How far from 1 the sum of the probabilities may be, as rounding carries that of a softmax. Within it they are
   * divided by their sum.
   *
   * @defaultValue 1e-6
   */
  readonly sumTolerance?: number;
};

/**
 * @param values of the attribute
 * @param given a probability for each of them, and nothing else
 * @returns the most probable value is entirely possible; or why what was given is no probability distribution
 */
export function toPossibility(
  values: readonly string[],
  given: GivenDistribution | undefined,
  transform: ProbabilityTransform,
  { sumTolerance = 1e-6 }: TransformOptions = {},
): PossibilityDistribution | DistributionFault {
  const probabilities = degreesOf(values, given);
  if (isFault(probabilities)) return probabilities;
  const sum = total(probabilities);
  // Written so that no sum that is not a number passes.
  if (!(Math.abs(sum - 1) <= sumTolerance)) return { reason: 'not-summing-to-one' };
  const room =
    transform === 'antipignistic'
      ? (p: number) => total(probabilities.map((other) => Math.min(p, other)))
      : (p: number) => total(probabilities.filter((other) => other <= p));
  // For the most probable value both sums are the same as `sum`, in the same order: the quotient is exactly 1.
  return new Map(values.map((value, i) => [value, Math.min(1, room(probabilities[i] as number) / sum)]));
}

const total = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0);
