import { degreeOf } from '../fuzzy/degree-of.js';
import { applyHedges } from '../fuzzy/hedges.js';
import { sNorms, tNorms } from '../fuzzy/norms.js';
import type { InputVariable, KnowledgeBase, RuleBlock } from '../knowledge-base.js';
import { checkKnowledgeBase } from './check-knowledge-base.js';
import type { Evaluation, IndeterminateReason, OutputEvaluation, RuleEvaluation } from './evaluation.js';
import { ExpressionGraph } from './expression-graph.js';
import { createOutput, type FiredConclusion, type OutputEngine } from './output-engine.js';
import { selectRules } from './select-rules.js';

export type EngineOptions = {
  /**
   * A degree of up to it counts as "not fired".
   *
   * @defaultValue 1e-6, as fuzzylite has it
   */
  readonly epsilon?: number;
  /**
   * What becomes of an input outside its range where the rule base does not say: `refuse` makes what depends on
   * it indeterminate, `extend` goes on with the terms' own ends, as fuzzylite does.
   *
   * @defaultValue 'refuse'
   */
  readonly outOfRange?: 'refuse' | 'extend';
};

export type Engine = {
  readonly knowledgeBase: KnowledgeBase;
  /**
   * @param values of the inputs by name, in their units; an input that is absent or undefined is missing
   * @param previous what the rule base answered before: outputs that lock their previous value take it from there
   */
  evaluate(values: Readonly<Record<string, number | undefined>>, previous?: Evaluation): Evaluation;
};

type Fault = { readonly reason: IndeterminateReason; readonly variable: string; readonly rule?: string };

type CompiledRule = {
  readonly id: string;
  readonly node: number;
  readonly weight: number;
  readonly conclusions: readonly Conclusion[];
};

type Conclusion = { readonly output: string; readonly term: string; readonly modify: (degree: number) => number };

type CompiledBlock = { readonly source: RuleBlock; readonly rules: readonly CompiledRule[] };

/**
 * Makes a rule base ready for evaluation. The engine holds no state: equal inputs give equal results.
 *
 * @throws DH_RULES_INCONSISTENT where the rule base cannot be evaluated as it stands
 */
export function createEngine(knowledgeBase: KnowledgeBase, options: EngineOptions = {}): Engine {
  const { epsilon = 1e-6, outOfRange = 'refuse' } = options;
  checkKnowledgeBase(knowledgeBase);
  const graph = new ExpressionGraph();
  const outputs = new Map(
    knowledgeBase.outputs.map((output) => [output.name, createOutput(output, knowledgeBase)] as const),
  );
  const isOn = (output: string): boolean => outputs.get(output)?.variable.enabled === true;
  const blocks = knowledgeBase.ruleBlocks
    .filter(({ enabled }) => enabled)
    .map(
      (block): CompiledBlock => ({
        source: block,
        rules: block.rules
          .filter(({ enabled }) => enabled)
          .map((rule) => ({
            id: rule.id,
            node: graph.add(rule.antecedent, block, rule.id),
            weight: rule.weight,
            conclusions: rule.consequents
              .filter(({ variable }) => isOn(variable))
              .map(({ variable, hedges, term }) => ({
                output: variable,
                term: term as string,
                modify: (degree) => applyHedges(hedges, degree),
              })),
          })),
      }),
    );
  const inputs = new Map(knowledgeBase.inputs.map((input) => [input.name, input] as const));
  return {
    knowledgeBase,
    evaluate: (values, previous) =>
      new EvaluationRun({ graph, blocks, inputs, outputs, epsilon, outOfRange }, values, previous).run(),
  };
}

type Compiled = {
  readonly graph: ExpressionGraph;
  readonly blocks: readonly CompiledBlock[];
  readonly inputs: ReadonlyMap<string, InputVariable>;
  readonly outputs: ReadonlyMap<string, OutputEngine>;
} & Required<EngineOptions>;

class EvaluationRun {
  readonly #values = new Map<string, number | Fault>();
  readonly #clamped: string[] = [];
  readonly #fired = new Map<string, FiredConclusion[]>();
  /** Why an output is not known, and the rule that met it first, be it for another output. */
  readonly #faults = new Map<string, Fault>();
  readonly #degrees: (number | Fault)[] = [];
  readonly #rules: RuleEvaluation[] = [];

  constructor(
    private readonly compiled: Compiled,
    given: Readonly<Record<string, number | undefined>>,
    private readonly previous: Evaluation | undefined,
  ) {
    for (const input of compiled.inputs.values()) {
      this.#values.set(
        input.name,
        this.#admit(input, Object.hasOwn(given, input.name) ? given[input.name] : undefined),
      );
    }
  }

  run(): Evaluation {
    for (const block of this.compiled.blocks) this.#runBlock(block);
    const outputs = new Map(
      [...this.compiled.outputs].map(([name, output]) => [name, this.#conclude(output)] as const),
    );
    return { outputs, rules: this.#rules, clamped: this.#clamped };
  }

  #admit({ name, range: [low, high], lockRange }: InputVariable, value: number | undefined): number | Fault {
    if (value === undefined) return { reason: 'missing', variable: name };
    if (Number.isNaN(value)) return { reason: 'not-a-number', variable: name };
    if (value >= low && value <= high && Number.isFinite(value)) return value;
    if (lockRange) {
      this.#clamped.push(name);
      return Math.min(high, Math.max(low, value));
    }
    if (this.compiled.outOfRange === 'extend' && Number.isFinite(value)) return value;
    return { reason: 'out-of-range', variable: name };
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

  #degree(node: number): number | Fault {
    const known = this.#degrees[node];
    if (known !== undefined) return known;
    const degree = this.#computeDegree(node);
    this.#degrees[node] = degree;
    return degree;
  }

  #computeDegree(number: number): number | Fault {
    const node = this.compiled.graph.nodes[number] as (typeof this.compiled.graph.nodes)[number];
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
    const value = this.#values.get(variable) as number | Fault;
    if (typeof value !== 'number') return value;
    const found = input.terms.find(({ name }) => name === term) as InputVariable['terms'][number];
    return applyHedges(hedges, degreeOf(found.definition, value));
  }

  /** How far the rules conclude a term of an output: what a later rule asks for, never its defuzzified value. */
  #activation({ variable: { name, aggregation } }: OutputEngine, term: string): number {
    const combine = aggregation === undefined ? sNorms.UnboundedSum : sNorms[aggregation];
    return (this.#fired.get(name) ?? [])
      .filter((conclusion) => conclusion.term === term)
      .reduce((sum, { degree }) => combine(sum, degree), 0);
  }

  #conclude(output: OutputEngine): OutputEvaluation {
    const { name, enabled, lockPrevious } = output.variable;
    const fault = this.#faults.get(name);
    if (fault !== undefined) return { name, status: 'indeterminate', degrees: new Map(), ...fault };
    const fired = this.#fired.get(name) ?? [];
    const degrees = new Map(fired.map(({ term }) => [term, this.#activation(output, term)] as const));
    const lookUp = (input: string): number => {
      const value = this.#values.get(input);
      return typeof value === 'number' ? value : Number.NaN;
    };
    const value = enabled && fired.length > 0 ? output.defuzzify(fired, lookUp) : undefined;
    if (value !== undefined && Number.isFinite(value)) {
      return { name, status: 'determinate', degrees, value: output.limit(value), source: 'rules' };
    }
    if (fired.length > 0) {
      const missing = output.missingInput(fired, this.#values);
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
