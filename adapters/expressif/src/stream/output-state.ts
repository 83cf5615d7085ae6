import type { OutputEvaluation } from '../engine/evaluation.js';
import type { Fault } from '../engine/input-value.js';
import type { FiredConclusion, OutputEngine } from '../engine/output-engine.js';
import { applyHedges, type Hedge } from '../fuzzy/hedges.js';
import { sNorms, type TNorm, tNorms } from '../fuzzy/norms.js';
import { isSameFault } from './same-result.js';

/** One conclusion to an output, and how far its rule fires. */
export type GatheredConclusion = {
  readonly firing: number | Fault;
  readonly term: string;
  readonly implication: TNorm | undefined;
  readonly modify: (degree: number) => number;
};

/** What rules conclude to one output, and what that comes to. */
export class OutputState {
  evaluation: OutputEvaluation;
  #fired: readonly FiredConclusion[] = [];
  #fault: Fault | undefined;
  readonly #inputsRead = new Set<string>();

  constructor(
    private readonly output: OutputEngine,
    previous: OutputEvaluation | undefined,
  ) {
    const { name } = output.variable;
    this.evaluation = previous ?? { name, status: 'indeterminate', degrees: new Map(), reason: 'nothing-fired' };
  }

  /** @param conclusions all there are, in the order of the rules @returns whether they come to something else */
  gather(conclusions: readonly GatheredConclusion[]): boolean {
    const fault = conclusions.map(({ firing }) => firing).find((firing) => typeof firing !== 'number');
    const fired = conclusions.flatMap(({ firing, term, implication, modify }): FiredConclusion[] =>
      typeof firing === 'number' && firing > 0
        ? [{ term, degree: modify(firing), implication: implication && tNorms[implication] }]
        : [],
    );
    const isSame = isSameConclusions(fired, this.#fired) && isSameCause(fault, this.#fault);
    this.#fired = fired;
    this.#fault = fault;
    return !isSame;
  }

  /** Inputs that the value was computed from beside the rules' degrees, as by a linear conclusion. */
  get inputsRead(): ReadonlySet<string> {
    return this.#inputsRead;
  }

  /** How far the rules conclude a term, modified by hedges: what a later rule asks for. */
  degreeOf(term: string, hedges: readonly Hedge[]): number | Fault {
    if (this.#fault !== undefined) return this.#fault;
    const degree = applyHedges(hedges, this.#activation(term));
    return Number.isNaN(degree) ? { reason: 'no-value', variable: this.output.variable.name } : degree;
  }

  /** Computes the output anew. @param lookUp an input, undefined where it has no value */
  conclude(lookUp: (input: string) => number | undefined): OutputEvaluation {
    this.#inputsRead.clear();
    const before = this.evaluation;
    this.evaluation = this.#evaluate(before, (input) => {
      this.#inputsRead.add(input);
      return lookUp(input);
    });
    return this.evaluation;
  }

  #evaluate(before: OutputEvaluation, lookUp: (input: string) => number | undefined): OutputEvaluation {
    const { name, enabled, lockPrevious, default: fallback } = this.output.variable;
    const fired = this.#fired;
    if (this.#fault !== undefined) return { name, status: 'indeterminate', degrees: new Map(), ...this.#fault };
    const degrees = new Map(fired.map(({ term }) => [term, this.#activation(term)] as const));
    if (!enabled) return { name, status: 'indeterminate', degrees, reason: 'nothing-fired' };
    const value = fired.length > 0 ? this.output.defuzzify(fired, (input) => lookUp(input) ?? Number.NaN) : undefined;
    if (value !== undefined && Number.isFinite(value)) {
      return { name, status: 'determinate', degrees, value: this.output.limit(value), source: 'rules' };
    }
    if (fired.length > 0) {
      const missing = this.output.missingInput(fired, (input) => lookUp(input) !== undefined);
      return { name, status: 'indeterminate', degrees, reason: 'no-value', ...missing };
    }
    // A default is given anew: called "previous", it would pass for something that rules once concluded.
    if (lockPrevious && before.status === 'determinate' && before.source !== 'default') {
      return { name, status: 'determinate', degrees, value: before.value, source: 'previous' };
    }
    if (Number.isNaN(fallback)) return { name, status: 'indeterminate', degrees, reason: 'nothing-fired' };
    return { name, status: 'determinate', degrees, value: this.output.limit(fallback), source: 'default' };
  }

  #activation(term: string): number {
    const { aggregation } = this.output.variable;
    const combine = aggregation === undefined ? sNorms.UnboundedSum : sNorms[aggregation];
    return this.#fired.filter((one) => one.term === term).reduce((sum, { degree }) => combine(sum, degree), 0);
  }
}

function isSameConclusions(a: readonly FiredConclusion[], b: readonly FiredConclusion[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (one, i) =>
        one.term === b[i]?.term && Object.is(one.degree, b[i]?.degree) && one.implication === b[i]?.implication,
    )
  );
}

function isSameCause(a: Fault | undefined, b: Fault | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isSameFault(a, b);
}
