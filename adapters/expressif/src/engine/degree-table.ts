import { applyHedges } from '../fuzzy/hedges.js';
import { type DegreeOperator, sNorms, tNorms } from '../fuzzy/norms.js';
import type { CompiledRuleBase } from './compile-rule-base.js';
import type { ExpressionNode } from './expression-graph.js';
import { type AdmittedInput, type Fault, givenDegree } from './input-value.js';
import { membershipDegree, type PremiseReader } from './premise-reader.js';

/** What the rules concluded so far about the outputs. */
export type Concluded = {
  readonly faultOf: (output: string) => Fault | undefined;
  readonly degreeOf: (output: string, term: string) => number;
};

/**
 * The degrees of the nodes of a graph in one evaluation at a time. They are computed in the order of the nodes, each
 * after those that it needs.
 */
export class DegreeTable {
  /** By the numbers of the nodes; NaN where a fault stands in its place. */
  readonly degrees: Float64Array;
  readonly #compiled: CompiledRuleBase;
  #inputs: readonly AdmittedInput[] = [];
  #concluded: Concluded | undefined;
  #computed = 0;
  /** Made when there is one. */
  #faults: Map<number, Fault> | undefined;

  constructor(compiled: CompiledRuleBase) {
    this.#compiled = compiled;
    this.degrees = new Float64Array(compiled.graph.nodes.length);
  }

  /** Begins another evaluation. What was computed for the one before is gone. */
  begin(inputs: readonly AdmittedInput[], concluded: Concluded): void {
    this.#inputs = inputs;
    this.#concluded = concluded;
    this.#computed = 0;
    this.#faults = undefined;
  }

  /** Computes the nodes with numbers below `end` that have not been computed. */
  computeBelow(end: number): void {
    const { graph, premises } = this.#compiled;
    const { degrees } = this;
    for (let number = this.#computed; number < end; number += 1) {
      const premise = premises[number];
      if (premise !== undefined) {
        this.#put(number, this.#read(premise));
        continue;
      }
      const { left, right, operator } = graph.nodes[number] as Extract<ExpressionNode, { kind: 'and' | 'or' }>;
      const a = degrees[left] as number;
      const b = degrees[right] as number;
      const degree = join(operator, a, b);
      if (Number.isNaN(a) || Number.isNaN(b) || Number.isNaN(degree)) this.#putFault(number, left, right);
      else degrees[number] = degree;
    }
    this.#computed = Math.max(this.#computed, end);
  }

  /** Why a node's degree is not known, where it is NaN. */
  fault(number: number): Fault | undefined {
    return this.#faults?.get(number);
  }

  /** What every node came to; undefined where no rule asked for it. */
  list(): (number | Fault | undefined)[] {
    return Array.from(this.degrees, (degree, number) =>
      number < this.#computed ? (this.fault(number) ?? degree) : undefined,
    );
  }

  #put(number: number, degree: number | Fault): void {
    if (typeof degree === 'number') {
      this.degrees[number] = degree;
    } else {
      this.degrees[number] = Number.NaN;
      this.#faults ??= new Map();
      this.#faults.set(number, degree);
    }
  }

  /** Degrees beyond 1, which an unbounded sum may have, are such that no operator need have a value for them. */
  #putFault(number: number, left: number, right: number): void {
    const fault = this.fault(left) ?? this.fault(right);
    this.#put(number, fault ?? { reason: 'no-value', variable: this.#firstVariable(left) });
  }

  #firstVariable(number: number): string {
    const { nodes } = this.#compiled.graph;
    let node = nodes[number] as ExpressionNode;
    while (node.kind !== 'premise') node = nodes[node.left] as ExpressionNode;
    return node.variable;
  }

  #read(premise: PremiseReader): number | Fault {
    if (premise.kind === 'fixed') return premise.degree;
    if (premise.kind === 'input') {
      const admitted = this.#inputs[premise.index] as AdmittedInput;
      if (admitted.kind === 'value') return membershipDegree(premise, admitted.value);
      if (admitted.kind === 'fault') return admitted.fault;
      const given = givenDegree(admitted.degrees, premise.term, premise.variable);
      return typeof given === 'number' ? applyHedges(premise.hedges, given) : given;
    }
    const { variable, term, hedges } = premise;
    const concluded = this.#concluded as Concluded;
    const fault = concluded.faultOf(variable);
    if (fault !== undefined) return fault;
    const degree = applyHedges(hedges, concluded.degreeOf(variable, term));
    return Number.isNaN(degree) ? { reason: 'no-value', variable } : degree;
  }
}

/** Of the usual norms without a call, for which each degree would become an object of its own. */
function join(operator: DegreeOperator, a: number, b: number): number {
  if (operator === tNorms.Minimum) return Math.min(a, b);
  if (operator === sNorms.Maximum) return Math.max(a, b);
  return operator === tNorms.AlgebraicProduct ? a * b : operator(a, b);
}
