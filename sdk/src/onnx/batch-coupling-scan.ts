import { followIf, followLoop } from './batch-coupling-bodies.js';
import { isRows } from './batch-coupling-extent.js';
import { foldElements } from './batch-coupling-fold.js';
import { type Layout, MIXED, shapeOf, shared } from './batch-coupling-layout.js';
import { ruleOf } from './batch-coupling-rules.js';
import { constantLayout, constantNodeLayout, Scope } from './batch-coupling-scope.js';
import { couples, keeps, type NodeStep, type OperatorRule, type Outcome } from './batch-coupling-step.js';
import { nodeSubject } from './node-subject.js';
import type { GraphNode, OnnxGraph, OnnxSubgraph } from './onnx-graph.js';
import { normalDomain } from './operator-domain.js';
import { quoteName } from './quote-name.js';

/** An operator that makes the result of one item depend on the items beside it, or may do so. */
export interface BatchCoupling {
  /** Name of the node, or of its first output. */
  readonly subject: string;
  readonly opType: string;
  /** What it does, for people: the end of a sentence that starts with operator and subject. */
  readonly reason: string;
}

/** Oldest operator set whose broadcasting is the one that the rules know. */
const OLDEST_OPSET = 7;
const HIGHEST_RANK = 64;

/** One walk over a graph: what each operator makes of the items, and what it reports. */
export class BatchScan {
  readonly couplings: BatchCoupling[] = [];
  private readonly opsets: ReadonlyMap<string, number>;
  private readonly functions: ReadonlySet<string>;

  constructor({ opsets, functions }: OnnxGraph) {
    this.opsets = new Map(opsets.map(({ domain, version }) => [domain, version]));
    this.functions = new Set(functions.map(({ domain, name }) => `${normalDomain(domain)}:${name}`));
  }

  follow(nodes: readonly GraphNode[], scope: Scope): void {
    for (const node of nodes) {
      const { outputs, reason } = this.outcome(node, scope);
      if (reason !== undefined) this.report(node, reason);
      for (const [index, name] of node.outputs.entries()) {
        if (name !== '') scope.set(name, outputs[index] ?? MIXED);
      }
    }
  }

  checkOutputs({ outputs, nodes }: OnnxGraph, scope: Scope): void {
    const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    for (const { name } of outputs) {
      const problem = this.outputProblem(scope.get(name) ?? MIXED);
      if (problem === undefined) continue;
      const node = makers.get(name);
      if (node !== undefined) this.report(node, `makes the output ${quoteName(name)}, which ${problem}`);
      else this.couplings.push({ subject: name, opType: 'output', reason: 'is made by no node' });
    }
  }

  private outputProblem(layout: Layout): string | undefined {
    // What has mixed them is reported already.
    if (layout.kind === 'shared' || (layout.kind === 'mixed' && this.couplings.length > 0)) return undefined;
    if (layout.kind !== 'items' || layout.axis !== 0) return 'does not hold the items on its first axis';
    const rows = layout.shape?.[0];
    return isRows(rows) && rows.perItem !== 1 ? 'does not have one row for each item' : undefined;
  }

  private report(node: GraphNode, reason: string): void {
    this.couplings.push({ subject: nodeSubject(node), opType: node.opType, reason });
  }

  private outcome(node: GraphNode, scope: Scope): Outcome {
    if (node.domain === '' && node.opType === 'Constant') return keeps(constantNodeLayout(node));
    const found = node.inputs.map((name) => (name === '' ? undefined : (scope.get(name) ?? MIXED)));
    const isUnmade = node.inputs.some((name) => name !== '' && scope.get(name) === undefined);
    if (isUnmade) return couples('reads a value that nothing before it makes');
    const step: NodeStep = { node, opset: this.opsets.get(node.domain) ?? 0, inputs: found.map(bounded) };
    const isFunction = this.functions.has(`${node.domain}:${node.opType}`);
    const rule = isFunction || this.isTooOld(step) ? undefined : ruleOf(node.domain, node.opType);
    const kinds = new Set(found.map((layout) => layout?.kind));
    if (kinds.has('mixed')) return rule?.always ? rule.follow(step) : this.allMixed(node);
    if (node.subgraphs.length > 0) return this.withBodies(step, scope, isFunction);
    if (kinds.has('items')) return rule === undefined ? couples(unknownReason(isFunction)) : ofItems(step, rule);
    if (kinds.has('counts')) return isFunction ? this.allCounts(node) : this.ofCounts(step, rule);
    return isFunction ? this.allShared(node) : this.ofShared(step, rule);
  }

  private isTooOld({ node, opset }: NodeStep): boolean {
    return node.domain === '' && opset < OLDEST_OPSET;
  }

  private withBodies(step: NodeStep, scope: Scope, isFunction: boolean): Outcome {
    const { node, inputs } = step;
    const follow = (body: OnnxSubgraph, handed: readonly Layout[]) => this.body(body, handed, scope);
    if (node.domain === '' && !isFunction) {
      if (node.opType === 'If') return followIf(step, follow);
      if (node.opType === 'Loop') return followLoop(step, follow);
    }
    const isShared = inputs.every((input) => input === undefined || input.kind === 'shared');
    if (isShared && !node.subgraphs.some((body) => reaches(body, scope))) return this.allShared(node);
    return couples('runs a body that is not followed with the items');
  }

  private body(body: OnnxSubgraph, handed: readonly Layout[], around: Scope): readonly Layout[] {
    const scope = new Scope(around);
    for (const constant of body.initializers) scope.set(constant.name, constantLayout(constant));
    for (const [index, name] of body.inputNames.entries()) scope.set(name, handed[index] ?? MIXED);
    this.follow(body.nodes, scope);
    return body.outputNames.map((name) => scope.get(name) ?? MIXED);
  }

  /** Numbers that depend on how many items there are, and on nothing of theirs. */
  private ofCounts(step: NodeStep, rule: OperatorRule | undefined): Outcome {
    const folded = foldElements(step);
    if (folded !== undefined) return keeps(folded);
    const isSize = step.inputs.every((input, index) => input?.kind !== 'counts' || rule?.sizes?.includes(index));
    if (rule === undefined || !isSize) return this.allCounts(step.node);
    const { outputs, reason } = rule.follow(step);
    // A shape that depends on the batch gives a tensor that does; only the rank is the same for all.
    const isRank = step.node.opType === 'Shape' || step.node.opType === 'Size';
    const isKnown = ({ kind }: Layout) => kind === 'items' || kind === 'counts' || (kind === 'shared' && isRank);
    return reason === undefined && outputs.every(isKnown) ? { outputs } : this.allCounts(step.node);
  }

  private ofShared(step: NodeStep, rule: OperatorRule | undefined): Outcome {
    const folded = foldElements(step);
    if (folded !== undefined) return keeps(folded);
    const { outputs = [], reason } = rule?.follow(step) ?? {};
    if (rule?.always && reason !== undefined) return { outputs, reason };
    const isKnown = reason === undefined;
    return {
      outputs: step.node.outputs.map((_, index) => {
        const output = isKnown ? outputs[index] : undefined;
        return output?.kind === 'shared' ? output : shared();
      }),
    };
  }

  private allShared({ outputs }: GraphNode): Outcome {
    return { outputs: outputs.map(() => shared()) };
  }

  private allCounts({ outputs }: GraphNode): Outcome {
    return { outputs: outputs.map((): Layout => ({ kind: 'counts', shape: undefined })) };
  }

  private allMixed({ outputs }: GraphNode): Outcome {
    return { outputs: outputs.map(() => MIXED) };
  }
}

function unknownReason(isFunction: boolean): string {
  return isFunction
    ? 'is a function that the file defines, which is not followed'
    : 'is not known to keep the items of a batch apart';
}

function ofItems(step: NodeStep, rule: OperatorRule): Outcome {
  const { data = [0], sizes = [] } = rule;
  for (const [index, input] of step.inputs.entries()) {
    if (input?.kind === 'items' && data !== 'all' && !data.includes(index)) {
      return couples('takes one of its settings from the values of the items');
    }
    if (input?.kind === 'counts' && !sizes.includes(index)) {
      return couples('computes with the number of items in the batch, or may do so');
    }
  }
  const { outputs, reason } = rule.follow(step);
  if (reason !== undefined) return { outputs, reason };
  const isFollowed = step.node.outputs.every((name, index) => {
    const output = outputs[index];
    return name === '' || (output !== undefined && output.kind !== 'mixed');
  });
  return isFollowed ? { outputs } : couples('moves the items in a way that is not followed');
}

/** A body that uses something of the batch, however deep. */
function reaches(body: OnnxSubgraph, scope: Scope): boolean {
  const isOfBatch = (name: string) => (scope.get(name) ?? shared()).kind !== 'shared';
  if (body.outputNames.some(isOfBatch)) return true;
  return body.nodes.some(
    ({ inputs, subgraphs }) => inputs.some(isOfBatch) || subgraphs.some((inner) => reaches(inner, scope)),
  );
}

/** Each node may add axes; shapes of a forged file must not grow from node to node. */
function bounded(layout: Layout | undefined): Layout | undefined {
  const rank = shapeOf(layout)?.length ?? 0;
  if (layout === undefined || rank <= HIGHEST_RANK) return layout;
  return layout.kind === 'items' ? { ...layout, shape: undefined } : shared();
}
