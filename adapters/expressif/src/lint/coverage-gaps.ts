import { isFuzzySet } from '../fuzzy/degree-of.js';
import type { Proposition, Term } from '../knowledge-base.js';
import { type LintFinding, shown } from './lint-finding.js';
import type { VariableAxis } from './variable-axis.js';

type Premise = Omit<Proposition, 'variable'>;

/**
 * Where neither a term of an input holds nor a premise that a rule asks of it, such as `not low`. Looked at on every
 * corner of every term, and refined between them.
 *
 * @param premises that rules ask of the input
 * @param threshold a degree up to it counts as "does not hold"
 */
export function findCoverageGaps(
  axis: VariableAxis,
  premises: readonly Premise[],
  threshold: number,
  epsilon: number,
): LintFinding[] {
  const { name, terms } = axis.variable;
  const sets = fuzzySets(terms);
  if (sets.length === 0) return [];
  const covering = [...sets, ...premises.filter(({ hedges }) => !hedges.includes('any'))];
  const heights = highest(axis, covering);
  return runsOf(heights, (height) => height <= threshold).map(([first, last]) => {
    const isGap = (x: number): boolean => Math.max(...covering.map((one) => axis.degreeAt(one, x))) <= threshold;
    const from = first === 0 ? axis.low : edge(axis.points[first] as number, axis.points[first - 1] as number, isGap);
    const isToEnd = last === axis.points.length - 1;
    const to = isToEnd ? axis.high : edge(axis.points[last] as number, axis.points[last + 1] as number, isGap);
    const lowest = Math.min(...heights.slice(first, last + 1));
    const isUncovered = lowest <= epsilon;
    const example = axis.points[first + heights.slice(first, last + 1).indexOf(lowest)] as number;
    return {
      code: 'coverage-gap',
      severity: isUncovered ? 'warning' : 'note',
      message: `From ${shown(from)} to ${shown(to)} no term of "${name}" holds above ${shown(threshold)}; at ${shown(example)} ${isUncovered ? 'none holds at all' : `the highest degree is ${shown(lowest)}`}.`,
      place: { variable: name },
      evidence: { from, to, example, highestDegree: lowest, threshold },
    };
  });
}

/** How far from 1 a sum may lie and still be that of a partition, and from where on it is a gap. */
const NEAR = 0.05;
const FAR = 0.2;
/** The share of the range where the sum must be near 1 for the terms to be meant as a partition. */
const LIKELY = 0.6;

/** Ruspini's partition: at every value the degrees of all terms add up to 1. */
export function findPartitionGaps(axis: VariableAxis, threshold: number): LintFinding[] {
  const { name, terms } = axis.variable;
  const sets = fuzzySets(terms);
  if (sets.length < 2) return [];
  const degrees = sets.map((set) => axis.degrees(set));
  const sums = Float64Array.from(axis.points, (_, k) => degrees.reduce((sum, one) => sum + (one[k] as number), 0));
  const heights = highest(axis, sets);
  const near = shareOf(axis, (k) => Math.abs((sums[k] as number) - 1) <= NEAR);
  if (near < LIKELY) return [];
  const isFar = (sum: number, k: number): boolean => Math.abs(sum - 1) > FAR && (heights[k] as number) > threshold;
  // Two crisp terms may share the one value at which they meet.
  const runs = runsOf(sums, isFar).filter(([first, last]) => widthOf(axis, first, last) > 1e-6);
  return runs.map(([first, last]) => {
    const [from, to] = [axis.points[first] as number, axis.points[last] as number];
    const run = [...sums.slice(first, last + 1)];
    const worst = run.reduce((a, b) => (Math.abs(b - 1) > Math.abs(a - 1) ? b : a));
    const example = axis.points[first + run.indexOf(worst)] as number;
    return {
      code: 'partition-gap',
      severity: 'note',
      message: `The terms of "${name}" add up to 1 over most of its range, and to ${shown(worst)} at ${shown(example)}.`,
      place: { variable: name },
      evidence: { from, to, example, sum: worst, shareNear1: near },
    };
  });
}

function fuzzySets(terms: readonly Term[]): Premise[] {
  return terms.filter(({ definition }) => isFuzzySet(definition)).map(({ name }) => ({ hedges: [], term: name }));
}

function highest(axis: VariableAxis, premises: readonly Premise[]): Float64Array {
  const degrees = premises.map((premise) => axis.degrees(premise));
  return Float64Array.from(axis.points, (_, k) => degrees.reduce((max, one) => Math.max(max, one[k] as number), 0));
}

/** As a share of the range. */
function widthOf({ points, low, high }: VariableAxis, first: number, last: number): number {
  return ((points[last] as number) - (points[first] as number)) / (high - low || 1);
}

/** Of the range's length: each point stands for half of the way to its neighbours. */
function shareOf(axis: VariableAxis, holds: (index: number) => boolean): number {
  const { points, low, high } = axis;
  const at = (k: number): number => points[Math.min(Math.max(k, 0), points.length - 1)] as number;
  const total = points.reduce((sum, _, k) => sum + (holds(k) ? (at(k + 1) - at(k - 1)) / 2 : 0), 0);
  return high === low ? Number(holds(0)) : total / (high - low);
}

/** First and last index of each stretch where something holds. */
function runsOf(values: Float64Array, holds: (value: number, index: number) => boolean): [number, number][] {
  const runs: [number, number][] = [];
  values.forEach((value, k) => {
    if (!holds(value, k)) return;
    const run = runs.at(-1);
    if (run !== undefined && run[1] === k - 1) run[1] = k;
    else runs.push([k, k]);
  });
  return runs;
}

/** The last value of the gap on the way to one outside of it. */
function edge(inside: number, outside: number, isGap: (x: number) => boolean): number {
  let [near, far] = [inside, outside];
  for (let k = 0; k < 40; k += 1) {
    const middle = (near + far) / 2;
    if (isGap(middle)) near = middle;
    else far = middle;
  }
  return near;
}
