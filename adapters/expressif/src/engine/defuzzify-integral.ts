import type { IntegralDefuzzifierName } from '../knowledge-base.js';

/**
 * The number that stands for a fuzzy set which was sampled in the middle of equal steps of a range.
 *
 * @param degrees of the samples
 * @param low lowest value of the range
 * @param step width of a sample's step
 * @returns undefined where every degree is 0, or one is no number: such a set has no centre, and its middle would be a guess
 */
export function defuzzifyIntegral(
  name: IntegralDefuzzifierName,
  degrees: Float64Array,
  low: number,
  step: number,
): number | undefined {
  switch (name) {
    case 'Centroid':
      return centroid(degrees, low, step);
    case 'Bisector':
      return bisector(degrees, low, step);
    default: {
      const highest = highestOf(degrees);
      if (!(highest > 0)) return undefined;
      if (name === 'SmallestOfMaximum') return low + (degrees.indexOf(highest) + 0.5) * step;
      if (name === 'LargestOfMaximum') return low + (degrees.lastIndexOf(highest) + 0.5) * step;
      return meanOfMaximum(degrees, highest, low, step);
    }
  }
}

/** NaN where one degree is. */
function highestOf(degrees: Float64Array): number {
  let highest = 0;
  for (let k = 0; k < degrees.length; k += 1) highest = Math.max(highest, degrees[k] as number);
  return highest;
}

function centroid(degrees: Float64Array, low: number, step: number): number | undefined {
  let area = 0;
  let moment = 0;
  for (let k = 0; k < degrees.length; k += 1) {
    const degree = degrees[k] as number;
    area += degree;
    moment += (low + (k + 0.5) * step) * degree;
  }
  return area === 0 ? undefined : moment / area;
}

/**
 * Where half of the area lies on either side, each sample standing for its whole step; the middle of such places
 * where the set is 0 between its halves. fuzzylite answers a point up to one step away, 6 and 7 different ones.
 */
function bisector(degrees: Float64Array, low: number, step: number): number | undefined {
  let area = 0;
  for (let k = 0; k < degrees.length; k += 1) area += degrees[k] as number;
  const half = area / 2;
  if (half === 0) return undefined;
  let before = 0;
  let reached: number | undefined;
  for (let k = 0; k < degrees.length; k += 1) {
    const degree = degrees[k] as number;
    if (reached !== undefined && degree > 0) return low + ((reached + k) / 2) * step;
    if (before + degree > half) return low + (k + (half - before) / degree) * step;
    before += degree;
    if (before === half) reached ??= k + 1;
  }
  return reached === undefined ? undefined : low + reached * step;
}

function meanOfMaximum(degrees: Float64Array, highest: number, low: number, step: number): number {
  let sum = 0;
  let count = 0;
  for (let k = 0; k < degrees.length; k += 1) {
    if (degrees[k] !== highest) continue;
    sum += low + (k + 0.5) * step;
    count += 1;
  }
  return sum / count;
}
