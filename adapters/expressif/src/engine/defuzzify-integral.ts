import type { IntegralDefuzzifierName } from '../knowledge-base.js';

/**
 * The number that stands for a fuzzy set which was sampled in the middle of equal steps of a range.
 *
 * @param degrees of the samples
 * @param low lowest value of the range
 * @param step width of a sample's step
 * @returns undefined where every degree is 0: such a set has no centre, and its middle would be a guess
 */
export function defuzzifyIntegral(
  name: IntegralDefuzzifierName,
  degrees: Float64Array,
  low: number,
  step: number,
): number | undefined {
  const at = (index: number): number => low + (index + 0.5) * step;
  switch (name) {
    case 'Centroid':
      return centroid(degrees, at);
    case 'Bisector':
      return bisector(degrees, low, step);
    default: {
      const highest = degrees.reduce((max, degree) => Math.max(max, degree), 0);
      if (highest === 0) return undefined;
      const first = at(degrees.indexOf(highest));
      const last = at(degrees.lastIndexOf(highest));
      if (name === 'SmallestOfMaximum') return first;
      return name === 'LargestOfMaximum' ? last : meanOfMaximum(degrees, highest, at);
    }
  }
}

type Place = (index: number) => number;

function centroid(degrees: Float64Array, at: Place): number | undefined {
  let area = 0;
  let moment = 0;
  for (let k = 0; k < degrees.length; k += 1) {
    const degree = degrees[k] as number;
    area += degree;
    moment += at(k) * degree;
  }
  return area === 0 ? undefined : moment / area;
}

/**
 * Where half of the area lies on either side, each sample standing for its whole step; the middle of such places
 * where the set is 0 between its halves. fuzzylite answers a point up to one step away, 6 and 7 different ones.
 */
function bisector(degrees: Float64Array, low: number, step: number): number | undefined {
  const half = degrees.reduce((sum, degree) => sum + degree, 0) / 2;
  if (half === 0) return undefined;
  let before = 0;
  let reached: number | undefined;
  for (const [k, degree] of degrees.entries()) {
    if (reached !== undefined && degree > 0) return low + ((reached + k) / 2) * step;
    if (before + degree > half) return low + (k + (half - before) / degree) * step;
    before += degree;
    if (before === half) reached ??= k + 1;
  }
  return reached === undefined ? undefined : low + reached * step;
}

function meanOfMaximum(degrees: Float64Array, highest: number, at: Place): number {
  let sum = 0;
  let count = 0;
  for (let k = 0; k < degrees.length; k += 1) {
    if (degrees[k] !== highest) continue;
    sum += at(k);
    count += 1;
  }
  return sum / count;
}
