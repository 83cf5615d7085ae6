import { errorFinding, type GraphFinding } from './graph-finding.js';
import { describeNode } from './node-subject.js';
import type { GraphNode, OnnxGraph } from './onnx-graph.js';
import { isFromEddl } from './producer.js';
import { quoteName } from './quote-name.js';

/**
 * Finds tensors that a node or an output of the graph reads and nothing makes. Each missing tensor is
 * reported once, with who reads it.
 */
export function checkDanglingInputs(graph: OnnxGraph): GraphFinding[] {
  const missing = new Map<string, GraphFinding>();
  const report = (name: string, reader: string) => {
    if (!missing.has(name)) missing.set(name, danglingFinding(graph, name, reader));
  };
  const names = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  const isKnown = checkScope(graph.nodes, names, () => false, report);
  for (const { name } of graph.outputs) if (!isKnown(name)) report(name, 'An output of the graph is');
  return [...missing.values()];
}

type IsKnown = (name: string) => boolean;

/**
 * Reports what the nodes of a graph or body read and nobody makes.
 *
 * @param names inputs and constants of this scope; what its nodes make is added
 * @param isKnownAround tells of the scopes around it, which bodies see. Asked, not copied: a file can hold
 * very many bodies
 */
function checkScope(
  nodes: readonly GraphNode[],
  names: Set<string>,
  isKnownAround: IsKnown,
  report: (name: string, reader: string) => void,
): IsKnown {
  for (const { outputs } of nodes) for (const name of outputs) names.add(name);
  const isKnown = (name: string) => names.has(name) || isKnownAround(name);
  for (const node of nodes) {
    for (const name of node.inputs) {
      // An empty name is an optional input that is left out.
      if (name !== '' && !isKnown(name)) report(name, `The ${describeNode(node)} reads`);
    }
    for (const { inputNames, initializers, nodes: inner } of node.subgraphs) {
      checkScope(inner, new Set([...inputNames, ...initializers.map(({ name }) => name)]), isKnown, report);
    }
  }
  return isKnown;
}

function danglingFinding(graph: OnnxGraph, name: string, reader: string): GraphFinding {
  const message = `${reader} ${quoteName(name)}, which no node makes.`;
  if (!isFromEddl(graph)) {
    return errorFinding(
      'DH_GRAPH_INPUT_DANGLING',
      name,
      message,
      'A node is missing from the file. Export the model again and watch for warnings.',
    );
  }
  return errorFinding(
    'DH_GRAPH_INPUT_DANGLING',
    name,
    `${message} EDDL leaves out a layer that it cannot export and says so on standard error only; here it is the layer ${quoteName(name)}.`,
    'Take layers out of the net that EDDL does not export (LayerNorm, GroupNorm, Norm, GaussianNoise, UniformNoise, Log2, Log10, Var, Where, Crop, Rotate, Flip, Equal), or replace them by ones that it does, and export again.',
  );
}
