import { type DegreeOperator, sNorms, tNorms } from '../fuzzy/norms.js';

/**
 * Adds what a rule concludes to the fuzzy set of an output, sample by sample.
 *
 * @param set what was concluded so far; changed
 * @param shape the concluded term at the same samples
 */
export function aggregateConclusion(
  set: Float64Array,
  shape: Float64Array,
  degree: number,
  implication: DegreeOperator,
  aggregation: DegreeOperator,
): void {
  // Most rule bases are of one of these two kinds; without a call for each sample they take a fifth of the time.
  if (aggregation === sNorms.Maximum && implication === tNorms.Minimum) {
    for (let k = 0; k < set.length; k += 1) {
      const y = shape[k] as number;
      const clipped = Math.min(y, degree);
      if (clipped > (set[k] as number)) set[k] = clipped;
    }
  } else if (aggregation === sNorms.Maximum && implication === tNorms.AlgebraicProduct) {
    for (let k = 0; k < set.length; k += 1) {
      const scaled = degree * (shape[k] as number);
      if (scaled > (set[k] as number)) set[k] = scaled;
    }
  } else {
    for (let k = 0; k < set.length; k += 1) {
      set[k] = aggregation(set[k] as number, implication(degree, shape[k] as number));
    }
  }
}
