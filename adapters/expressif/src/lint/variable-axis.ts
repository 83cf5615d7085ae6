import { degreeOf, isFuzzySet } from '../fuzzy/degree-of.js';
import { applyHedges } from '../fuzzy/hedges.js';
import type { Proposition, Variable } from '../knowledge-base.js';
import { landmarksOf } from './term-landmarks.js';

/** Equal steps beside the landmarks: what smooth shapes do between them is seen this closely. */
const STEPS = 512;

/**
 * A variable's range with the places at which its terms are looked at: the ends, each landmark of a term and its
 * neighbours on both sides, the middle between any two, and equal steps. Where all terms are straight lines,
 * the largest and smallest degrees lie among them.
 */
export class VariableAxis {
  readonly low: number;
  readonly high: number;
  /** Whether the rule base itself names both ends; otherwise they are those of the terms. */
  readonly isBounded: boolean;
  /** Ascending, each once. */
  readonly points: readonly number[];
  /** The ends and what lies between them of the terms' landmarks, ascending. */
  readonly corners: readonly number[];
  readonly #degrees = new Map<string, Float64Array>();

  constructor(readonly variable: Variable) {
    const landmarks = variable.terms.flatMap(({ definition }) => landmarksOf(definition)).sort((a, b) => a - b);
    this.isBounded = variable.range.every(Number.isFinite);
    [this.low, this.high] = endsOf(variable.range, landmarks);
    const span = this.high - this.low;
    const isInside = (x: number): boolean => x >= this.low && x <= this.high;
    this.corners = ascending([this.low, ...landmarks.filter(isInside), this.high]);
    const beside = span * 1e-9;
    this.points = ascending([
      ...this.corners.flatMap((x) => [x - beside, x, x + beside]).filter(isInside),
      ...this.corners.map((x, i) => (x + (this.corners[i + 1] ?? x)) / 2),
      ...Array.from({ length: STEPS + 1 }, (_, k) => this.low + (k / STEPS) * span).filter(isInside),
    ]);
  }

  /** Of a premise about this variable, one for each point. */
  degrees(premise: Omit<Proposition, 'variable'>): Float64Array {
    const key = JSON.stringify([premise.hedges, premise.term]);
    const known = this.#degrees.get(key);
    if (known !== undefined) return known;
    const degrees = Float64Array.from(this.points, (x) => this.degreeAt(premise, x));
    this.#degrees.set(key, degrees);
    return degrees;
  }

  degreeAt({ hedges, term }: Omit<Proposition, 'variable'>, x: number): number {
    if (term === undefined || hedges.includes('any')) return applyHedges(hedges, 1);
    const definition = this.variable.terms.find(({ name }) => name === term)?.definition;
    if (definition === undefined || !isFuzzySet(definition)) return 0;
    return applyHedges(hedges, degreeOf(definition, x));
  }
}

function endsOf([low, high]: readonly [number, number], landmarks: readonly number[]): [number, number] {
  const [first = Number.isFinite(high) ? high - 1 : 0] = landmarks;
  const last = landmarks.at(-1) ?? first + 1;
  const margin = (last - first) / 10 || 1;
  return [
    Number.isFinite(low) ? low : Math.min(first - margin, high),
    Number.isFinite(high) ? high : Math.max(last + margin, low),
  ];
}

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
