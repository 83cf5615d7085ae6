import type { GraphNode } from './onnx-graph.js';
import { quoteName } from './quote-name.js';

/** What a finding calls a node. Exporters may leave nodes without a name; the first output always has one. */
export function nodeSubject({ name, outputs, opType }: GraphNode): string {
  return name || outputs.find((output) => output !== '') || opType;
}

/** Operator and name, for a message. */
export function describeNode(node: GraphNode): string {
  return `${node.opType} node ${quoteName(nodeSubject(node))}`;
}
