import type { GraphInitializer, GraphNode, OnnxSubgraph } from './onnx-graph.js';
import type { AttributeMessage, GraphMessage, NodeMessage } from './onnx-message.js';
import { normalDomain } from './operator-domain.js';
import { readInitializer, readSparseInitializer } from './read-initializer.js';

/** A node with what it holds: short whole-number attributes, tensors, and subgraphs to any depth. */
export function readNode(node: NodeMessage): GraphNode {
  const attributes = node.attribute ?? [];
  return {
    opType: node.opType ?? '',
    domain: normalDomain(node.domain),
    name: node.name ?? '',
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    integers: readIntegerAttributes(attributes),
    tensors: attributes.flatMap(readTensors),
    subgraphs: attributes
      .flatMap(({ g, graphs = [] }) => (g === undefined ? graphs : [g, ...graphs]))
      .map(readSubgraph),
  };
}

function readTensors({ t, tensors = [], sparseTensor, sparseTensors = [] }: AttributeMessage): GraphInitializer[] {
  const dense = t === undefined ? tensors : [t, ...tensors];
  const sparse = sparseTensor === undefined ? sparseTensors : [sparseTensor, ...sparseTensors];
  return [...dense.map(readInitializer), ...sparse.map(readSparseInitializer)];
}

function readSubgraph(graph: GraphMessage): OnnxSubgraph {
  return {
    name: graph.name ?? '',
    outputNames: (graph.output ?? []).map(({ name }) => name ?? ''),
    initializers: [
      ...(graph.initializer ?? []).map(readInitializer),
      ...(graph.sparseInitializer ?? []).map(readSparseInitializer),
    ],
    nodes: (graph.node ?? []).map(readNode),
  };
}

function readIntegerAttributes(attributes: readonly AttributeMessage[]): Map<string, readonly number[]> {
  const integers = new Map<string, readonly number[]>();
  for (const { name = '', i, ints, t } of attributes) {
    const values =
      i !== undefined ? [Number(i)] : ints !== undefined ? ints.map(Number) : t && readInitializer(t).integers;
    if (values !== undefined) integers.set(name, values);
  }
  return integers;
}
