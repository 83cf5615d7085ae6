import type { GraphInitializer, GraphNode, OnnxGraph, OnnxSubgraph } from './onnx-graph.js';

type Walkable = Pick<OnnxGraph, 'nodes' | 'initializers'> & Partial<Pick<OnnxGraph, 'functions'>>;

/** Every node: those of the graph, of all its subgraphs, and of the functions that the file defines. */
export function* walkNodes(graph: Walkable): Generator<GraphNode> {
  yield* nested(graph.nodes);
  for (const { nodes } of graph.functions ?? []) yield* nested(nodes);
}

function* nested(nodes: readonly GraphNode[]): Generator<GraphNode> {
  for (const node of nodes) {
    yield node;
    for (const { nodes: inner } of node.subgraphs) yield* nested(inner);
  }
}

/** Every constant tensor: initialisers of the graph and its subgraphs, and tensors that nodes hold. */
export function* walkConstants(graph: Walkable): Generator<GraphInitializer> {
  yield* graph.initializers;
  for (const node of walkNodes(graph)) {
    yield* node.tensors;
    for (const subgraph of node.subgraphs) yield* subgraph.initializers;
  }
}

/** Every body of an If, Loop or Scan, however deep. */
export function* walkSubgraphs(graph: Walkable): Generator<OnnxSubgraph> {
  for (const node of walkNodes(graph)) yield* node.subgraphs;
}
