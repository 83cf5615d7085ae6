import type { GraphRepair } from './graph-repair.js';
import type { InferredShape } from './inferred-shape.js';
import { nodeSubject } from './node-subject.js';
import type { GraphNode, OnnxGraph } from './onnx-graph.js';
import { ATTRIBUTE_TYPES, type NodeMessage } from './onnx-message.js';
import { quoteName } from './quote-name.js';

/** First operator set in which Softmax is over one axis. */
const ONE_AXIS_SINCE = 13;

/**
 * EDDL's Softmax normalises over one axis; before opset 13 that of ONNX is over all axes from the given
 * one on. The two agree on the last axis only.
 */
export function planSoftmax(
  graph: OnnxGraph,
  node: GraphNode,
  index: number,
  shapes: ReadonlyMap<string, InferredShape>,
): GraphRepair | undefined {
  const axes = softmaxAxes(graph, node, shapes);
  if (axes === undefined || axes.axis === axes.rank - 1) return undefined;
  const { axis, rank } = axes;
  const subject = nodeSubject(node);
  const order = Array.from({ length: rank }, (_, place) => place);
  order[axis] = rank - 1;
  order[rank - 1] = axis;
  const [input = '', output = ''] = [node.inputs[0], node.outputs[0]];
  const [swapped, normalised] = [`${output}_axis_last`, `${output}_over_last`];
  const by: NodeMessage[] = [
    transposeNode(`${output}_to_last`, input, swapped, order),
    {
      input: [swapped],
      output: [normalised],
      name: node.name,
      opType: 'Softmax',
      attribute: [{ name: 'axis', type: ATTRIBUTE_TYPES.int, i: BigInt(rank - 1) }],
    },
    transposeNode(`${output}_from_last`, normalised, output, order),
  ];
  return {
    kind: 'softmax_one_axis',
    subject,
    problem: `The Softmax node ${quoteName(subject)} is over axis ${axis} of ${rank} in EDDL, but over all axes from ${axis} on in the ONNX that EDDL wrote: the engine runs it and gives wrong values.`,
    description: `Softmax became one over axis ${axis} alone, as Transpose, Softmax, Transpose.`,
    node: { index, by },
  };
}

/** Softmax nodes of an EDDL file of which nobody can tell whether they are right. */
export function isSoftmaxOfUnknownRank(
  graph: OnnxGraph,
  node: GraphNode,
  shapes: ReadonlyMap<string, InferredShape>,
): boolean {
  return isOldSoftmax(graph, node) && rankOf(node, shapes) === undefined;
}

function softmaxAxes(graph: OnnxGraph, node: GraphNode, shapes: ReadonlyMap<string, InferredShape>) {
  const rank = rankOf(node, shapes);
  if (!isOldSoftmax(graph, node) || rank === undefined || rank <= 2) return undefined;
  const stated = node.integers.get('axis')?.[0] ?? 1;
  const axis = stated < 0 ? stated + rank : stated;
  // An axis that the tensor does not have is the engine's to refuse; nobody knows what was meant.
  return Number.isInteger(axis) && axis >= 0 && axis < rank ? { rank, axis } : undefined;
}

function isOldSoftmax({ opsets }: OnnxGraph, { opType, domain }: GraphNode): boolean {
  const opset = opsets.find((set) => set.domain === '')?.version ?? 0;
  return domain === '' && opType === 'Softmax' && opset < ONE_AXIS_SINCE;
}

function rankOf({ inputs, outputs }: GraphNode, shapes: ReadonlyMap<string, InferredShape>): number | undefined {
  return (shapes.get(inputs[0] ?? '') ?? shapes.get(outputs[0] ?? ''))?.length;
}

function transposeNode(name: string, input: string, output: string, order: readonly number[]): NodeMessage {
  return {
    input: [input],
    output: [output],
    name,
    opType: 'Transpose',
    attribute: [{ name: 'perm', type: ATTRIBUTE_TYPES.ints, ints: order.map(BigInt) }],
  };
}
