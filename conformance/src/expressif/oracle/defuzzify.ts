/** A fuzzy set over a range, sampled in the middles of equal steps. */
export interface SampledSet {
  readonly low: number;
  readonly high: number;
  readonly degrees: readonly number[];
}

/** Where sample `index` lies. */
export function sampleAt({ low, high, degrees }: SampledSet, index: number): number {
  return low + ((index + 0.5) * (high - low)) / degrees.length;
}

type Defuzzifier = (set: SampledSet) => number;

/** The places of the samples of the highest degree. */
function highest(set: SampledSet): number[] {
  const most = Math.max(...set.degrees);
  return set.degrees.flatMap((degree, index) => (degree === most ? [sampleAt(set, index)] : []));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Number that a set comes to, by the name of the way. */
export const DEFUZZIFIERS: Readonly<Record<string, Defuzzifier>> = {
  Centroid: (set) => {
    const area = set.degrees.reduce((sum, degree) => sum + degree, 0);
    return set.degrees.reduce((sum, degree, index) => sum + degree * sampleAt(set, index), 0) / area;
  },
  /** Where half of the area lies on either side: steps are as high as their samples. */
  Bisector: (set) => {
    const step = (set.high - set.low) / set.degrees.length;
    let left = set.degrees.reduce((sum, degree) => sum + degree, 0) / 2;
    for (const [index, degree] of set.degrees.entries()) {
      if (degree >= left) return set.low + step * (index + left / degree);
      left -= degree;
    }
    return Number.NaN;
  },
  SmallestOfMaximum: (set) => highest(set)[0] as number,
  LargestOfMaximum: (set) => highest(set).at(-1) as number,
  MeanOfMaximum: (set) => mean(highest(set)),
};
