import type { CompiledBlock, CompiledRule, CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { OutputEvaluation, RuleEvaluation } from '../engine/evaluation.js';
import type { ExpressionNode } from '../engine/expression-graph.js';
import type { AdmittedInput } from '../engine/input-value.js';
import type { DependencyIndex } from './dependency-index.js';
import { expressionText } from './expression-text.js';
import {
  type Change,
  type Degree,
  type EvaluationStep,
  isComparative,
  toRuleEvaluation,
} from './incremental-evaluation.js';

/** An input that changed, as the rules read it. */
export type InputChange = Change<AdmittedInput> & { readonly variable: string };

/** An expression that changed: its degree, or why that is not known. */
export type ExpressionChange = Change<Degree> & {
  /** Of the expression in the graph of this version of the rule base. */
  readonly node: number;
  readonly text: string;
  /** The parts of it that changed, by their nodes. */
  readonly parts: readonly number[];
  /** The input or output that it asks for; absent where it joins others. */
  readonly variable?: string;
};

/** A rule that fires otherwise than before. */
export type RuleFiringChange = Change<RuleEvaluation> & {
  readonly rule: string;
  /**
   * The expressions that changed it, by their nodes: its own, or those of its block where the block weighs its
   * rules against each other.
   */
  readonly expressions: readonly number[];
};

export type OutputChange = Change<OutputEvaluation> & {
  readonly output: string;
  /** Those of its rules that changed. */
  readonly rules: readonly string[];
  /** Inputs that changed and that its value is computed from beside the rules' degrees. */
  readonly inputs: readonly string[];
};

/** Why outputs changed: from the inputs through expressions and rules. Only what leads to one of the outputs. */
export type ChangeChain = {
  readonly inputs: readonly InputChange[];
  readonly expressions: readonly ExpressionChange[];
  readonly rules: readonly RuleFiringChange[];
  readonly outputs: readonly OutputChange[];
};

/** @param inputsReadBy what an output's value was computed from beside the rules' degrees */
export function traceChain(
  compiled: CompiledRuleBase,
  index: DependencyIndex,
  step: EvaluationStep,
  inputsReadBy: (output: string) => ReadonlySet<string>,
): ChangeChain {
  return new ChainTrace(compiled, index, step, inputsReadBy).trace();
}

class ChainTrace {
  readonly #inputs = new Set<string>();
  readonly #expressions = new Map<number, ExpressionChange>();
  readonly #rules = new Map<string, RuleFiringChange>();
  readonly #roots = new Map<number, readonly number[]>();

  constructor(
    private readonly compiled: CompiledRuleBase,
    private readonly index: DependencyIndex,
    private readonly step: EvaluationStep,
    private readonly inputsReadBy: (output: string) => ReadonlySet<string>,
  ) {}

  trace(): ChangeChain {
    const outputs = [...this.step.outputs].map(([output, change]): OutputChange => {
      const inputs = [...this.inputsReadBy(output)].filter((input) => this.step.inputs.has(input));
      for (const input of inputs) this.#inputs.add(input);
      return { output, ...change, rules: this.#rulesOf(output), inputs };
    });
    return {
      inputs: [...this.step.inputs].flatMap(([variable, change]) =>
        this.#inputs.has(variable) ? [{ variable, ...change }] : [],
      ),
      expressions: [...this.#expressions.values()].sort((a, b) => a.node - b.node),
      rules: [...this.#rules.values()],
      outputs,
    };
  }

  #rulesOf(output: string): string[] {
    const ids = new Set<string>();
    for (const { block, rule } of this.index.conclusionsOf.get(output) ?? []) {
      const change = this.step.rules[block]?.get(rule);
      if (change === undefined) continue;
      const { source, rules } = this.compiled.blocks[block] as CompiledBlock;
      const { id, node } = rules[rule] as CompiledRule;
      ids.add(id);
      if (this.#rules.has(id)) continue;
      const expressions = isComparative(source.activation) ? this.#rootsOf(block) : this.#changedOf([node]);
      const [before, after] = [change.before, change.after].map((firing) => toRuleEvaluation(id, firing));
      this.#rules.set(id, { rule: id, before, after, expressions } as RuleFiringChange);
      for (const node of expressions) this.#follow(node);
    }
    return [...ids];
  }

  /** The antecedents of a block's rules that changed. */
  #rootsOf(block: number): readonly number[] {
    const known = this.#roots.get(block);
    if (known !== undefined) return known;
    const { rules } = this.compiled.blocks[block] as CompiledBlock;
    const roots = this.#changedOf(rules.map(({ node }) => node));
    this.#roots.set(block, roots);
    return roots;
  }

  #changedOf(nodes: readonly number[]): number[] {
    return [...new Set(nodes)].filter((node) => this.step.nodes.has(node));
  }

  #follow(number: number): void {
    const change = this.step.nodes.get(number);
    if (change === undefined || this.#expressions.has(number)) return;
    const node = this.compiled.graph.nodes[number] as ExpressionNode;
    const parts = node.kind === 'premise' ? [] : this.#changedOf([node.left, node.right]);
    const text = expressionText(this.compiled.graph, number);
    const asked = node.kind === 'premise' ? { variable: node.variable } : {};
    this.#expressions.set(number, { node: number, text, ...change, parts, ...asked });
    for (const part of parts) this.#follow(part);
    // An output that a later block asks for has changed itself, and is followed from there.
    if (node.kind === 'premise' && this.compiled.inputs.has(node.variable)) this.#inputs.add(node.variable);
  }
}
