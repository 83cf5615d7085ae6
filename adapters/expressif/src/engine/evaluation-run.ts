import { degreeOf } from '../fuzzy/degree-of.js';
import { applyHedges } from '../fuzzy/hedges.js';
import { sNorms, tNorms } from '../fuzzy/norms.js';
import type { InputVariable, RuleBlock } from '../knowledge-base.js';
import type { CompiledBlock, CompiledRule, CompiledRuleBase } from './compile-rule-base.js';
import type { Evaluation, OutputEvaluation, RuleEvaluation } from './evaluation.js';
import type { ExpressionNode } from './expression-graph.js';
import { type AdmittedInput, admitInput, type Fault, givenDegree, type InputValues } from './input-value.js';
import type { FiredConclusion, OutputEngine } from './output-engine.js';
import { selectRules } from './select-rules.js';

/** An evaluation with what each expression came to. */
export type Trace = {
  readonly evaluation: Evaluation;
  /** By the numbers of the graph; undefined where no rule asked for the expression. */
  readonly degrees: readonly (number | Fault | undefined)[];
  /** By their names. */
  readonly inputs: ReadonlyMap<string, AdmittedInput>;
};

/** One evaluation of all rules. @param previous what outputs that lock their previous value take it from */
export function traceEvaluation(compiled: CompiledRuleBase, values: InputValues, previous?: Evaluation): Trace {
  return new EvaluationRun(compiled, values, previous).run();
}

class EvaluationRun {
  readonly #inputs = new Map<string, AdmittedInput>();
  readonly #clamped: string[] = [];
  readonly #fired = new Map<string, FiredConclusion[]>();
  /** Why an output is not known, and the rule that met it first, be it for another output. */
  readonly #faults = new Map<string, Fault>();
  readonly #degrees: (number | Fault | undefined)[] = [];
  readonly #rules: RuleEvaluation[] = [];

  constructor(
    private readonly compiled: CompiledRuleBase,
    given: InputValues,
    private readonly previous: Evaluation | undefined,
  ) {
    for (const input of compiled.inputs.values()) {
      const value = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
      const admitted = admitInput(input, value, compiled.outOfRange);
      this.#inputs.set(input.name, admitted);
      if (admitted.kind === 'value' && admitted.isClamped) this.#clamped.push(input.name);
    }
  }

  run(): Trace {
    for (const block of this.compiled.blocks) this.#runBlock(block);
    const outputs = new Map(
      [...this.compiled.outputs].map(([name, output]) => [name, this.#conclude(output)] as const),
    );
    const evaluation = { outputs, rules: this.#rules, clamped: this.#clamped };
    return { evaluation, degrees: this.#degrees, inputs: this.#inputs };
  }

  #runBlock({ source, rules }: CompiledBlock): void {
    const degrees = rules.map(({ node, weight }) => {
      const degree = this.#degree(node);
      return typeof degree === 'number' ? weight * degree : degree;
    });
    const firstFault = rules.findIndex((_, index) => typeof degrees[index] !== 'number');
    // Which rules a block selects among others is not known while one of them is not.
    const isComparative = source.activation.name !== 'General' && source.activation.name !== 'Threshold';
    const selected = selectRules(
      source.activation,
      degrees.map((degree) => (typeof degree === 'number' ? degree : 0)),
      this.compiled.epsilon,
    );
    for (const [index, rule] of rules.entries()) {
      const blamed = isComparative && firstFault !== -1 ? firstFault : index;
      const degree = degrees[blamed] as number | Fault;
      if (typeof degree !== 'number') this.#blame(rule, degree, (rules[blamed] as CompiledRule).id);
      else this.#fire(rule, selected[index] as number, source);
    }
  }

  #blame(rule: CompiledRule, fault: Fault, culprit: string): void {
    this.#rules.push({ rule: rule.id, degree: Number.NaN, fired: false });
    for (const { output } of rule.conclusions) {
      if (!this.#faults.has(output)) this.#faults.set(output, { rule: culprit, ...fault });
    }
  }

  #fire(rule: CompiledRule, degree: number, { implication }: RuleBlock): void {
    this.#rules.push({ rule: rule.id, degree, fired: degree > 0 });
    if (degree === 0) return;
    for (const { output, term, modify } of rule.conclusions) {
      const fired = this.#fired.get(output) ?? [];
      fired.push({ term, degree: modify(degree), implication: implication && tNorms[implication] });
      this.#fired.set(output, fired);
    }
  }

  #degree(number: number): number | Fault {
    const known = this.#degrees[number];
    if (known !== undefined) return known;
    const degree = this.#computeDegree(this.compiled.graph.nodes[number] as ExpressionNode);
    this.#degrees[number] = degree;
    return degree;
  }

  #computeDegree(node: ExpressionNode): number | Fault {
    if (node.kind !== 'premise') {
      const left = this.#degree(node.left);
      if (typeof left !== 'number') return left;
      const right = this.#degree(node.right);
      return typeof right === 'number' ? node.operator(left, right) : right;
    }
    const { variable, hedges, term } = node;
    if (term === undefined || hedges.includes('any')) return applyHedges(hedges, 1);
    const output = this.compiled.outputs.get(variable);
    if (output !== undefined) {
      const fault = this.#faults.get(variable);
      return fault ?? applyHedges(hedges, this.#activation(output, term));
    }
    const input = this.compiled.inputs.get(variable) as InputVariable;
    if (!input.enabled) return 0;
    const degree = this.#membership(input, term);
    return typeof degree === 'number' ? applyHedges(hedges, degree) : degree;
  }

  #membership(input: InputVariable, term: string): number | Fault {
    const admitted = this.#inputs.get(input.name) as AdmittedInput;
    if (admitted.kind === 'fault') return admitted.fault;
    if (admitted.kind === 'degrees') return givenDegree(admitted.degrees, term, input.name);
    const found = input.terms.find(({ name }) => name === term) as InputVariable['terms'][number];
    return degreeOf(found.definition, admitted.value);
  }

  /** How far the rules conclude a term of an output: what a later rule asks for, never its defuzzified value. */
  #activation({ variable: { name, aggregation } }: OutputEngine, term: string): number {
    const combine = aggregation === undefined ? sNorms.UnboundedSum : sNorms[aggregation];
    return (this.#fired.get(name) ?? [])
      .filter((conclusion) => conclusion.term === term)
      .reduce((sum, { degree }) => combine(sum, degree), 0);
  }

  #valueOf(input: string): number | undefined {
    const admitted = this.#inputs.get(input);
    return admitted?.kind === 'value' ? admitted.value : undefined;
  }

  #conclude(output: OutputEngine): OutputEvaluation {
    const { name, enabled, lockPrevious } = output.variable;
    const fault = this.#faults.get(name);
    if (fault !== undefined) return { name, status: 'indeterminate', degrees: new Map(), ...fault };
    const fired = this.#fired.get(name) ?? [];
    const degrees = new Map(fired.map(({ term }) => [term, this.#activation(output, term)] as const));
    const value =
      enabled && fired.length > 0 ? output.defuzzify(fired, (input) => this.#valueOf(input) ?? Number.NaN) : undefined;
    if (value !== undefined && Number.isFinite(value)) {
      return { name, status: 'determinate', degrees, value: output.limit(value), source: 'rules' };
    }
    if (fired.length > 0) {
      const missing = output.missingInput(fired, (input) => this.#valueOf(input) !== undefined);
      return { name, status: 'indeterminate', degrees, reason: 'no-value', ...missing };
    }
    const before = this.previous?.outputs.get(name);
    if (lockPrevious && before?.status === 'determinate') {
      return { name, status: 'determinate', degrees, value: before.value, source: 'previous' };
    }
    if (Number.isNaN(output.variable.default))
      return { name, status: 'indeterminate', degrees, reason: 'nothing-fired' };
    return { name, status: 'determinate', degrees, value: output.limit(output.variable.default), source: 'default' };
  }
}
