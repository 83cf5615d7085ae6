import { applyHedges } from '../fuzzy/hedges.js';
import type { InputVariable, KnowledgeBase, RuleBlock } from '../knowledge-base.js';
import { checkKnowledgeBase } from './check-knowledge-base.js';
import type { RuleEvaluation } from './evaluation.js';
import { ExpressionGraph } from './expression-graph.js';
import { createOutput, type OutputEngine } from './output-engine.js';
import { type PremiseReader, PremiseReaders } from './premise-reader.js';

/** How compiled rules take small degrees, and values outside their ranges. */
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

/** A rule base as it is evaluated, explained and followed over time: checked, and each expression there once. */
export type CompiledRuleBase = Required<EngineOptions> & {
  readonly knowledgeBase: KnowledgeBase;
  readonly graph: ExpressionGraph;
  /** By the numbers of the graph; undefined at a node that joins others. */
  readonly premises: readonly (PremiseReader | undefined)[];
  /** Those that are enabled, in their order. */
  readonly blocks: readonly CompiledBlock[];
  readonly inputs: ReadonlyMap<string, InputVariable>;
  readonly outputs: ReadonlyMap<string, OutputEngine>;
};

/** A block with those of its rules that are enabled. */
export type CompiledBlock = { readonly source: RuleBlock; readonly rules: readonly CompiledRule[] };

export type CompiledRule = {
  readonly id: string;
  /** Of the rule's antecedent in the graph. */
  readonly node: number;
  readonly weight: number;
  /** About outputs that are enabled. */
  readonly conclusions: readonly Conclusion[];
  /** What an evaluation says of the rule where it does not fire; one object for all of them. */
  readonly unfired: RuleEvaluation;
};

export type Conclusion = {
  readonly output: string;
  readonly term: string;
  /** By the hedges before the term. */
  readonly modify: (degree: number) => number;
};

/** @throws DH_RULES_INCONSISTENT where the rule base cannot be evaluated as it stands */
export function compileRuleBase(knowledgeBase: KnowledgeBase, options: EngineOptions = {}): CompiledRuleBase {
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
            unfired: { rule: rule.id, degree: 0, fired: false },
            conclusions: rule.consequents
              .filter(({ variable }) => isOn(variable))
              .map(({ variable, hedges, term }) => ({
                output: variable,
                term: term as string,
                modify: hedges.length === 0 ? unchanged : (degree) => applyHedges(hedges, degree),
              })),
          })),
      }),
    );
  const inputs = new Map(knowledgeBase.inputs.map((input) => [input.name, input] as const));
  const readers = new PremiseReaders(knowledgeBase);
  const premises = graph.nodes.map((node) => (node.kind === 'premise' ? readers.of(node) : undefined));
  return { knowledgeBase, graph, premises, blocks, inputs, outputs, epsilon, outOfRange };
}

const unchanged = (degree: number): number => degree;
