import type { CompiledRuleBase } from '../engine/compile-rule-base.js';

/** Where a rule stands: the number of its block among those that are enabled, and its number there. */
export type RulePlace = { readonly block: number; readonly rule: number };

/** Where an output is concluded: a rule, and the number of the conclusion in it. */
export type ConclusionPlace = RulePlace & { readonly conclusion: number };

/** What depends on what in a rule base: an evaluation strategy follows it from a change to all that may change. */
export type DependencyIndex = {
  /** Expressions that ask for a variable, be it an input or an output; those that any value satisfies are not. */
  readonly premisesOn: ReadonlyMap<string, readonly number[]>;
  /** By node: the expressions that it is a part of. */
  readonly parents: readonly (readonly number[])[];
  /** By node: the rules whose antecedent it is. */
  readonly rulesOf: readonly (readonly RulePlace[])[];
  /** By block: the number from which on nodes are asked for by later blocks alone. */
  readonly endOfNodes: readonly number[];
  /** By output, in the order of the rules. Only outputs that some rule concludes. */
  readonly conclusionsOf: ReadonlyMap<string, readonly ConclusionPlace[]>;
  /** By block: the outputs that are known once it is done. */
  readonly concludedBy: readonly (readonly string[])[];
};

const indices = new WeakMap<CompiledRuleBase, DependencyIndex>();

/** Streams of many patients over one rule base share its index. */
export function dependencyIndexOf(compiled: CompiledRuleBase): DependencyIndex {
  const known = indices.get(compiled);
  if (known !== undefined) return known;
  const index = createDependencyIndex(compiled);
  indices.set(compiled, index);
  return index;
}

function createDependencyIndex({ graph, premises, blocks }: CompiledRuleBase): DependencyIndex {
  const premisesOn = new Map<string, number[]>();
  const parents: number[][] = graph.nodes.map(() => []);
  const rulesOf: RulePlace[][] = graph.nodes.map(() => []);
  for (const [number, node] of graph.nodes.entries()) {
    if (node.kind === 'premise') {
      if (premises[number]?.kind !== 'fixed') push(premisesOn, node.variable, number);
    } else {
      for (const part of new Set([node.left, node.right])) parents[part]?.push(number);
    }
  }
  const conclusionsOf = new Map<string, ConclusionPlace[]>();
  const endOfNodes: number[] = [];
  for (const [block, { rules }] of blocks.entries()) {
    let end = endOfNodes.at(-1) ?? 0;
    for (const [rule, { node, conclusions }] of rules.entries()) {
      rulesOf[node]?.push({ block, rule });
      end = Math.max(end, node + 1);
      for (const [conclusion, { output }] of conclusions.entries()) {
        push(conclusionsOf, output, { block, rule, conclusion });
      }
    }
    endOfNodes.push(end);
  }
  const concludedBy: string[][] = blocks.map(() => []);
  for (const [output, places] of conclusionsOf) concludedBy[places.at(-1)?.block ?? 0]?.push(output);
  return { premisesOn, parents, rulesOf, endOfNodes, conclusionsOf, concludedBy };
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
