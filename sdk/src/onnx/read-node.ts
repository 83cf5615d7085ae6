import type { GraphInitializer, GraphNode, OnnxSubgraph } from './onnx-graph.js';
import type { AttributeMessage, GraphMessage, NodeMessage } from './onnx-message.js';
import { normalDomain } from './operator-domain.js';
import { readInitializer, readSparseInitializer } from './read-initializer.js';

/** Numbers and UTF-8 bytes of an attribute that are kept. */
const FLOATS_KEPT = 64;
const TEXT_BYTES_KEPT = 256;

/** A node with what it holds: short attributes, tensors, and subgraphs to any depth. */
export function readNode(node: NodeMessage): GraphNode {
  const attributes = node.attribute ?? [];
  return {
    opType: node.opType ?? '',
    domain: normalDomain(node.domain),
    name: node.name ?? '',
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    integers: readIntegerAttributes(attributes),
    floats: readFloatAttributes(attributes),
    strings: readTextAttributes(attributes),
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
    inputNames: (graph.input ?? []).map(({ name }) => name ?? ''),
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

function readFloatAttributes(attributes: readonly AttributeMessage[]): Map<string, readonly number[]> {
  const kept = new Map<string, readonly number[]>();
  for (const { name = '', f, floats } of attributes) {
    if (f !== undefined) kept.set(name, [f]);
    else if (floats !== undefined && floats.length <= FLOATS_KEPT) kept.set(name, floats);
  }
  return kept;
}

function readTextAttributes(attributes: readonly AttributeMessage[]): Map<string, string> {
  const decoder = new TextDecoder();
  const texts = new Map<string, string>();
  for (const { name = '', s } of attributes) {
    if (s !== undefined && s.length <= TEXT_BYTES_KEPT) texts.set(name, decoder.decode(s));
  }
  return texts;
}
