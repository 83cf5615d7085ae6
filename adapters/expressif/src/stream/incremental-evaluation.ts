import type { CompiledBlock, CompiledRule, CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { Evaluation, OutputEvaluation, RuleEvaluation } from '../engine/evaluation.js';
import type { ExpressionNode } from '../engine/expression-graph.js';
import { type AdmittedInput, type Fault, givenDegree } from '../engine/input-value.js';
import { membershipDegree, type PremiseReader } from '../engine/premise-reader.js';
import { selectRules } from '../engine/select-rules.js';
import { applyHedges } from '../fuzzy/hedges.js';
import { type DependencyIndex, dependencyIndexOf } from './dependency-index.js';
import { OutputState } from './output-state.js';
import { isSameDegree, isSameInput, isSameOutput } from './same-result.js';
import { StaleNodes } from './stale-nodes.js';

export type Degree = number | Fault;

/** What something was before a step, and is after it. */
export type Change<T> = { readonly before: T; readonly after: T };

/** All that one step changed. */
export type EvaluationStep = {
  readonly inputs: ReadonlyMap<string, Change<AdmittedInput>>;
  /** By the numbers of the graph. */
  readonly nodes: ReadonlyMap<number, Change<Degree>>;
  /** By block and rule: the degree with which it fires, or why that is not known. */
  readonly rules: readonly ReadonlyMap<number, Change<Degree>>[];
  readonly outputs: ReadonlyMap<string, Change<OutputEvaluation>>;
  readonly evaluatedNodes: number;
  readonly recomputedOutputs: number;
};

/**
 * An evaluation that is kept and brought up to date where inputs change: what does not depend on them is not
 * looked at. It equals a full evaluation at every step; where an output keeps its previous value, that is the one
 * from the step before, unless it was the default.
 */
export class IncrementalEvaluation {
  readonly index: DependencyIndex;
  readonly #inputs: Map<string, AdmittedInput>;
  readonly #degrees: Degree[] = [];
  /** By block and rule: the antecedent's degree by the rule's weight. */
  readonly #weighted: Degree[][];
  /** By block and rule: the degree with which it fires. */
  readonly #firing: Degree[][];
  readonly #outputs: ReadonlyMap<string, OutputState>;
  readonly #stale = new StaleNodes();
  /** Work of the first evaluation. */
  readonly initial: Pick<EvaluationStep, 'evaluatedNodes' | 'recomputedOutputs'>;

  /** @param previous what outputs were before, where this follows on another evaluation */
  constructor(
    readonly compiled: CompiledRuleBase,
    inputs: ReadonlyMap<string, AdmittedInput>,
    previous?: ReadonlyMap<string, OutputEvaluation>,
  ) {
    this.index = dependencyIndexOf(compiled);
    this.#inputs = new Map(inputs);
    this.#weighted = compiled.blocks.map(() => []);
    this.#firing = compiled.blocks.map(() => []);
    this.#outputs = new Map(
      [...compiled.outputs].map(([name, output]) => [name, new OutputState(output, previous?.get(name))] as const),
    );
    for (const node of compiled.graph.nodes.keys()) this.#stale.add(node);
    this.initial = this.#run(new Map(), { isFirst: true });
  }

  /** Brings the evaluation up to date. @param inputs those that may have changed */
  step(inputs: ReadonlyMap<string, AdmittedInput>): EvaluationStep {
    const changed = new Map<string, Change<AdmittedInput>>();
    for (const [name, after] of inputs) {
      const before = this.#inputs.get(name) as AdmittedInput;
      if (isSameInput(before, after)) continue;
      this.#inputs.set(name, after);
      changed.set(name, { before, after });
      for (const node of this.index.premisesOn.get(name) ?? []) this.#stale.add(node);
    }
    return this.#run(changed, { isFirst: false });
  }

  outputs(): Map<string, OutputEvaluation> {
    return new Map([...this.#outputs].map(([name, { evaluation }]) => [name, evaluation] as const));
  }

  /** Inputs that the value of an output was computed from beside the rules' degrees. */
  inputsReadBy(output: string): ReadonlySet<string> {
    return (this.#outputs.get(output) as OutputState).inputsRead;
  }

  /** As an engine answers it. */
  evaluation(): Evaluation {
    const rules = this.compiled.blocks.flatMap(({ rules: ofBlock }, block) =>
      ofBlock.map(({ id }, rule) => toRuleEvaluation(id, this.#firing[block]?.[rule] ?? 0)),
    );
    const clamped = [...this.#inputs].flatMap(([name, input]) =>
      input.kind === 'value' && input.isClamped ? [name] : [],
    );
    return { outputs: this.outputs(), rules, clamped };
  }

  #run(inputs: ReadonlyMap<string, Change<AdmittedInput>>, { isFirst }: { isFirst: boolean }): EvaluationStep {
    const nodes = new Map<number, Change<Degree>>();
    const touched: Set<number>[] = this.compiled.blocks.map(() => new Set());
    const rules: Map<number, Change<Degree>>[] = [];
    const concluded = new Set<string>();
    const outputs = new Map<string, Change<OutputEvaluation>>();
    let evaluatedNodes = 0;
    let recomputedOutputs = 0;
    for (const [number, block] of this.compiled.blocks.entries()) {
      const end = this.index.endOfNodes[number] ?? 0;
      for (let node = this.#stale.takeBelow(end); node !== undefined; node = this.#stale.takeBelow(end)) {
        evaluatedNodes += 1;
        this.#evaluateNode(node, nodes, touched);
      }
      rules.push(this.#runBlock(block, number, touched[number] ?? new Set()));
      for (const [rule] of rules[number] ?? []) {
        for (const { output } of (block.rules[rule] as CompiledRule).conclusions) concluded.add(output);
      }
      for (const output of this.index.concludedBy[number] ?? []) {
        if (!concluded.has(output) || !this.#gatherConclusions(output)) concluded.delete(output);
        else for (const node of this.index.premisesOn.get(output) ?? []) this.#stale.add(node);
      }
    }
    for (const [name, state] of this.#outputs) {
      const isAffected = concluded.has(name) || [...state.inputsRead].some((input) => inputs.has(input));
      if (!isFirst && !isAffected) continue;
      recomputedOutputs += 1;
      const before = state.evaluation;
      const after = state.conclude((input) => this.#valueOf(input));
      if (!isSameOutput(before, after)) outputs.set(name, { before, after });
    }
    return { inputs, nodes, rules, outputs, evaluatedNodes, recomputedOutputs };
  }

  #evaluateNode(number: number, changed: Map<number, Change<Degree>>, touched: readonly Set<number>[]): void {
    const before = this.#degrees[number];
    const after = this.#computeDegree(number);
    this.#degrees[number] = after;
    if (before !== undefined && isSameDegree(before, after)) return;
    if (before !== undefined) changed.set(number, { before, after });
    for (const parent of this.index.parents[number] ?? []) this.#stale.add(parent);
    for (const { block, rule } of this.index.rulesOf[number] ?? []) touched[block]?.add(rule);
  }

  #computeDegree(number: number): Degree {
    const premise = this.compiled.premises[number];
    if (premise !== undefined) return this.#read(premise);
    const node = this.compiled.graph.nodes[number] as Extract<ExpressionNode, { kind: 'and' | 'or' }>;
    const left = this.#degrees[node.left] as Degree;
    if (typeof left !== 'number') return left;
    const right = this.#degrees[node.right] as Degree;
    if (typeof right !== 'number') return right;
    const degree = node.operator(left, right);
    return Number.isNaN(degree) ? { reason: 'no-value', variable: this.#firstVariable(node.left) } : degree;
  }

  #read(premise: PremiseReader): Degree {
    if (premise.kind === 'fixed') return premise.degree;
    const { variable, term, hedges } = premise;
    if (premise.kind === 'output') return (this.#outputs.get(variable) as OutputState).degreeOf(term, hedges);
    const admitted = this.#inputs.get(variable) as AdmittedInput;
    if (admitted.kind === 'fault') return admitted.fault;
    if (admitted.kind === 'value') return membershipDegree(premise, admitted.value);
    const degree = givenDegree(admitted.degrees, term, variable);
    return typeof degree === 'number' ? applyHedges(hedges, degree) : degree;
  }

  #firstVariable(number: number): string {
    const { nodes } = this.compiled.graph;
    let node = nodes[number] as ExpressionNode;
    while (node.kind !== 'premise') node = nodes[node.left] as ExpressionNode;
    return node.variable;
  }

  /** @param touched rules whose antecedent changed @returns rules that fire otherwise than before */
  #runBlock(
    { source, rules }: CompiledBlock,
    number: number,
    touched: ReadonlySet<number>,
  ): Map<number, Change<Degree>> {
    const weighted = this.#weighted[number] as Degree[];
    for (const rule of touched) {
      const { node, weight } = rules[rule] as CompiledRule;
      const degree = this.#degrees[node] as Degree;
      weighted[rule] = typeof degree === 'number' ? weight * degree : degree;
    }
    const changed = new Map<number, Change<Degree>>();
    if (touched.size === 0) return changed;
    const { epsilon } = this.compiled;
    const firing = this.#firing[number] as Degree[];
    const note = (rule: number, after: Degree): void => {
      const before = firing[rule];
      firing[rule] = after;
      if (before === undefined || !isSameDegree(before, after)) changed.set(rule, { before: before ?? 0, after });
    };
    const blame = (culprit: number): Fault => ({
      rule: (rules[culprit] as CompiledRule).id,
      ...(weighted[culprit] as Fault),
    });
    if (!isComparative(source.activation)) {
      for (const rule of touched) {
        const degree = weighted[rule] as Degree;
        note(
          rule,
          typeof degree === 'number' ? (selectRules(source.activation, [degree], epsilon)[0] as number) : blame(rule),
        );
      }
      return changed;
    }
    // Which rules such a block selects among others is not known while one of them is not.
    const culprit = weighted.findIndex((degree) => typeof degree !== 'number');
    const selected = culprit === -1 ? selectRules(source.activation, weighted as number[], epsilon) : [];
    for (const rule of rules.keys()) note(rule, culprit === -1 ? (selected[rule] as number) : blame(culprit));
    return changed;
  }

  /** @returns whether what the rules conclude to an output changed */
  #gatherConclusions(output: string): boolean {
    const { conclusionsOf } = this.index;
    const places = (conclusionsOf.get(output) ?? []).map(({ block, rule, conclusion }) => {
      const { source, rules } = this.compiled.blocks[block] as CompiledBlock;
      const concluding = (rules[rule] as CompiledRule).conclusions[conclusion] as CompiledRule['conclusions'][number];
      return { firing: this.#firing[block]?.[rule] ?? 0, implication: source.implication, ...concluding };
    });
    return (this.#outputs.get(output) as OutputState).gather(places);
  }

  #valueOf(input: string): number | undefined {
    const admitted = this.#inputs.get(input);
    return admitted?.kind === 'value' ? admitted.value : undefined;
  }
}

/** Whether a block weighs its rules against each other, so that one of them changes what the others do. */
export const isComparative = ({ name }: CompiledBlock['source']['activation']): boolean =>
  name !== 'General' && name !== 'Threshold';

export function toRuleEvaluation(rule: string, firing: Degree): RuleEvaluation {
  return typeof firing === 'number'
    ? { rule, degree: firing, fired: firing > 0 }
    : { rule, degree: Number.NaN, fired: false };
}
