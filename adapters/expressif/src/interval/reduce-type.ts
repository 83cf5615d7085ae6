import type { OutputEngine } from '../engine/output-engine.js';
import { degreeOf } from '../fuzzy/degree-of.js';
import { type DegreeOperator, sNorms } from '../fuzzy/norms.js';
import type { OutputVariable } from '../knowledge-base.js';
import { type FootprintTerm, hasFootprint, type IntervalTerm } from './interval-knowledge-base.js';
import { type Interval, karnikMendel, nieTan } from './karnik-mendel.js';

/** How the one number is taken from an interval type-2 result. */
export type TypeReduction = 'karnik-mendel' | 'nie-tan';

export type IntervalConclusion = {
  readonly term: string;
  readonly degree: Interval;
  readonly implication: DegreeOperator | undefined;
};

export type Reduced = { readonly lower: number; readonly upper: number; readonly value: number };

type LookUp = (input: string) => number;

/** @returns undefined where what fired has no value */
export type TypeReducer = (fired: readonly IntervalConclusion[], lookUp: LookUp) => Reduced | undefined;

/**
 * Turns what rules conclude about an output into numbers.
 *
 * @param output with the upper end of every footprint
 * @param terms of the output, with their footprints
 */
export function createTypeReducer(
  output: OutputEngine,
  terms: readonly IntervalTerm[],
  reduction: TypeReduction,
): TypeReducer {
  const footprints = new Set(terms.filter(hasFootprint).map(({ name }) => name));
  const isCrisp = ({ term, degree }: IntervalConclusion): boolean => degree[0] === degree[1] && !footprints.has(term);
  const reduce =
    output.variable.defuzzifier?.kind === 'integral'
      ? overSamples(output.variable, terms, reduction)
      : overConclusions(output, reduction);
  return (fired, lookUp) => {
    if (!fired.every(isCrisp)) return reduce(fired, lookUp);
    // Without uncertainty the result is that of the type-1 engine, to the last digit.
    const value = output.defuzzify(
      fired.map(({ term, degree, implication }) => ({ term, degree: degree[1], implication })),
      lookUp,
    );
    return value === undefined ? undefined : { lower: value, upper: value, value };
  };
}

/** Takagi-Sugeno: the values that the rules conclude, weighted by their degrees. */
function overConclusions(output: OutputEngine, reduction: TypeReduction): TypeReducer {
  const isAverage = output.variable.defuzzifier?.name === 'WeightedAverage';
  return (fired, lookUp) => {
    // One conclusion that holds fully has its own value for a weighted mean, and for a weighted sum.
    const values = fired.map(({ term }) =>
      output.defuzzify([{ term, degree: 1, implication: undefined }], lookUp),
    ) as number[];
    if (!values.every(Number.isFinite)) return undefined;
    const lower = fired.map(({ degree }) => degree[0]);
    const upper = fired.map(({ degree }) => degree[1]);
    return isAverage ? meanOf(values, lower, upper, reduction) : sumOf(values, fired);
  };
}

/** A weighted sum is linear in its weights: both methods give the middle of the ends. */
function sumOf(values: readonly number[], fired: readonly IntervalConclusion[]): Reduced {
  const products = fired.map(({ degree }, i) => degree.map((end) => end * (values[i] as number)));
  const lower = products.reduce((sum, ends) => sum + Math.min(...ends), 0);
  const upper = products.reduce((sum, ends) => sum + Math.max(...ends), 0);
  return { lower, upper, value: (lower + upper) / 2 };
}

/** Mamdani: the centroid of the interval type-2 set that the rules conclude, sampled over the range. */
function overSamples(
  { range, aggregation, defuzzifier }: OutputVariable,
  terms: readonly IntervalTerm[],
  reduction: TypeReduction,
): TypeReducer {
  const resolution = defuzzifier?.kind === 'integral' ? defuzzifier.resolution : 0;
  const step = (range[1] - range[0]) / resolution;
  const places = Float64Array.from({ length: resolution }, (_, k) => range[0] + (k + 0.5) * step);
  const aggregate = sNorms[aggregation ?? 'Maximum'];
  const samples = new Map(
    terms.map((term) => {
      const { lower, upper } = endsOf(term);
      return [term.name, [places.map((x) => degreeOf(lower, x)), places.map((x) => degreeOf(upper, x))]] as const;
    }),
  );
  return (fired) => {
    const sets = [new Float64Array(resolution), new Float64Array(resolution)] as const;
    for (const { term, degree, implication } of fired) {
      const shapes = samples.get(term) as readonly [Float64Array, Float64Array];
      for (const end of [0, 1] as const) {
        const set = sets[end];
        const imply = implication as DegreeOperator;
        for (let k = 0; k < resolution; k += 1) {
          set[k] = aggregate(set[k] as number, imply(degree[end], shapes[end][k] as number));
        }
      }
    }
    return meanOf(places, ...sets, reduction);
  };
}

const endsOf = (term: IntervalTerm): Pick<FootprintTerm, 'lower' | 'upper'> =>
  hasFootprint(term) ? term : { lower: term.definition, upper: term.definition };

function meanOf(
  values: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  reduction: TypeReduction,
): Reduced | undefined {
  const ends = karnikMendel(values, lower, upper);
  if (ends === undefined) return undefined;
  const middle = reduction === 'nie-tan' ? (nieTan(values, lower, upper) as number) : (ends[0] + ends[1]) / 2;
  return { lower: ends[0], upper: ends[1], value: middle };
}
