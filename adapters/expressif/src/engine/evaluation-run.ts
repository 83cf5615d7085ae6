import { type DegreeOperator, sNorms, tNorms } from '../fuzzy/norms.js';
import type { CompiledBlock, CompiledRule, CompiledRuleBase } from './compile-rule-base.js';
import { type Concluded, DegreeTable } from './degree-table.js';
import type { Evaluation, OutputEvaluation, RuleEvaluation } from './evaluation.js';
import { type AdmittedInput, admitInput, type Fault, type InputValues } from './input-value.js';
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
  return new EvaluationRun(compiled, new DegreeTable(compiled), values, previous).run();
}

/**
 * Makes a function that evaluates all rules and leaves no trace: the degrees of one evaluation are overwritten by
 * those of the next, so that nothing is made anew but the result.
 */
export function createEvaluator(
  compiled: CompiledRuleBase,
): (values: InputValues, previous?: Evaluation) => Evaluation {
  const table = new DegreeTable(compiled);
  let isBusy = false;
  return (values, previous) => {
    // Degrees may be given by code that evaluates in its turn.
    if (isBusy) return traceEvaluation(compiled, values, previous).evaluation;
    isBusy = true;
    try {
      return new EvaluationRun(compiled, table, values, previous).run().evaluation;
    } finally {
      isBusy = false;
    }
  };
}

/** What the rules have concluded about an output. */
type Conclusions = {
  readonly engine: OutputEngine;
  readonly combine: DegreeOperator;
  readonly fired: FiredConclusion[];
  /** How far they conclude each term: what a later rule asks for, never the defuzzified value. */
  readonly degrees: Map<string, number>;
  /** Why the output is not known, and the rule that met it first, be it for another output. */
  fault: Fault | undefined;
};

class EvaluationRun implements Concluded {
  readonly #inputs = new Map<string, AdmittedInput>();
  readonly #clamped: string[] = [];
  readonly #outputs = new Map<string, Conclusions>();
  readonly #table: DegreeTable;
  readonly #rules: RuleEvaluation[];
  #ruleCount = 0;

  constructor(
    private readonly compiled: CompiledRuleBase,
    table: DegreeTable,
    given: InputValues,
    private readonly previous: Evaluation | undefined,
  ) {
    const inputs: AdmittedInput[] = [];
    for (const input of compiled.inputs.values()) {
      const value = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
      const admitted = admitInput(input, value, compiled.outOfRange);
      this.#inputs.set(input.name, admitted);
      inputs.push(admitted);
      if (admitted.kind === 'value' && admitted.isClamped) this.#clamped.push(input.name);
    }
    for (const [name, engine] of compiled.outputs) {
      const combine = sNorms[engine.variable.aggregation ?? 'UnboundedSum'];
      this.#outputs.set(name, { engine, combine, fired: [], degrees: new Map(), fault: undefined });
    }
    this.#table = table;
    table.begin(inputs, this);
    this.#rules = new Array(compiled.blocks.reduce((count, { rules }) => count + rules.length, 0));
  }

  faultOf(output: string): Fault | undefined {
    return this.#outputs.get(output)?.fault;
  }

  degreeOf(output: string, term: string): number {
    return this.#outputs.get(output)?.degrees.get(term) ?? 0;
  }

  run(): Trace {
    for (const block of this.compiled.blocks) this.#runBlock(block);
    const outputs = new Map<string, OutputEvaluation>();
    for (const [name, conclusions] of this.#outputs) outputs.set(name, this.#conclude(conclusions));
    const table = this.#table;
    let degrees: Trace['degrees'] | undefined;
    return {
      evaluation: { outputs, rules: this.#rules, clamped: this.#clamped },
      inputs: this.#inputs,
      // Most evaluations are not looked into.
      get degrees() {
        degrees ??= table.list();
        return degrees;
      },
    };
  }

  #runBlock({ source, rules }: CompiledBlock): void {
    this.#table.computeBelow(rules.reduce((end, { node }) => Math.max(end, node + 1), 0));
    const { degrees, firstFault } = this.#degreesOf(rules);
    const selected = selectRules(source.activation, degrees, this.compiled.epsilon);
    // Which rules a block selects among others is not known while one of them is not.
    const isComparative = source.activation.name !== 'General' && source.activation.name !== 'Threshold';
    const culprit = isComparative ? rules[firstFault] : undefined;
    const implication = source.implication && tNorms[source.implication];
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index] as CompiledRule;
      if (culprit !== undefined) this.#blame(rule, culprit);
      else if (this.#table.fault(rule.node) !== undefined) this.#blame(rule, rule);
      else this.#fire(rule, selected[index] as number, implication);
    }
  }

  /** By weight, 0 for a rule whose degree is not known; and the place of the first such rule, or -1. */
  #degreesOf(rules: readonly CompiledRule[]): { degrees: number[]; firstFault: number } {
    let firstFault = -1;
    const degrees = rules.map(({ node, weight }, index) => {
      const degree = weight * (this.#table.degrees[node] as number);
      if (!Number.isNaN(degree)) return degree;
      if (firstFault === -1) firstFault = index;
      return 0;
    });
    return { degrees, firstFault };
  }

  #blame(rule: CompiledRule, culprit: CompiledRule): void {
    this.#record({ rule: rule.id, degree: Number.NaN, fired: false });
    const fault = this.#table.fault(culprit.node) as Fault;
    for (const { output } of rule.conclusions) {
      (this.#outputs.get(output) as Conclusions).fault ??= { rule: culprit.id, ...fault };
    }
  }

  #fire(rule: CompiledRule, degree: number, implication: DegreeOperator | undefined): void {
    if (degree === 0) {
      this.#record(rule.unfired);
      return;
    }
    this.#record({ rule: rule.id, degree, fired: degree > 0 });
    for (const { output, term, modify } of rule.conclusions) {
      const { fired, degrees, combine } = this.#outputs.get(output) as Conclusions;
      const concluded = modify(degree);
      fired.push({ term, degree: concluded, implication });
      degrees.set(term, combine(degrees.get(term) ?? 0, concluded));
    }
  }

  #record(evaluation: RuleEvaluation): void {
    this.#rules[this.#ruleCount] = evaluation;
    this.#ruleCount += 1;
  }

  #valueOf(input: string): number | undefined {
    const admitted = this.#inputs.get(input);
    return admitted?.kind === 'value' ? admitted.value : undefined;
  }

  #conclude({ engine, fired, degrees, fault }: Conclusions): OutputEvaluation {
    const { name, enabled, lockPrevious } = engine.variable;
    if (fault !== undefined) return { name, status: 'indeterminate', degrees: new Map(), ...fault };
    if (!enabled) return { name, status: 'indeterminate', degrees, reason: 'nothing-fired' };
    if (fired.length > 0) {
      const value = engine.defuzzify(fired, (input) => this.#valueOf(input) ?? Number.NaN);
      if (value !== undefined && Number.isFinite(value)) {
        return { name, status: 'determinate', degrees, value: engine.limit(value), source: 'rules' };
      }
      const missing = engine.missingInput(fired, (input) => this.#valueOf(input) !== undefined);
      return { name, status: 'indeterminate', degrees, reason: 'no-value', ...missing };
    }
    const before = this.previous?.outputs.get(name);
    if (lockPrevious && before?.status === 'determinate') {
      return { name, status: 'determinate', degrees, value: before.value, source: 'previous' };
    }
    if (Number.isNaN(engine.variable.default))
      return { name, status: 'indeterminate', degrees, reason: 'nothing-fired' };
    return { name, status: 'determinate', degrees, value: engine.limit(engine.variable.default), source: 'default' };
  }
}
