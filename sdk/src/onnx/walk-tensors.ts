import type { GraphMessage, ModelMessage, NodeMessage, SparseTensorMessage, TensorMessage } from './onnx-message.js';

/** Every constant of a decoded file: initialisers, tensors of nodes, of their bodies and of functions. */
export function* walkTensors({ graph, functions = [] }: ModelMessage): Generator<TensorMessage> {
  if (graph !== undefined) yield* ofGraph(graph);
  for (const { node = [] } of functions) yield* ofNodes(node);
}

function* ofGraph({ initializer = [], sparseInitializer = [], node = [] }: GraphMessage): Generator<TensorMessage> {
  yield* initializer;
  yield* ofSparse(sparseInitializer);
  yield* ofNodes(node);
}

function* ofNodes(nodes: readonly NodeMessage[]): Generator<TensorMessage> {
  for (const { attribute = [] } of nodes) {
    for (const { t, tensors = [], g, graphs = [], sparseTensor, sparseTensors = [] } of attribute) {
      if (t !== undefined) yield t;
      yield* tensors;
      yield* ofSparse(sparseTensor === undefined ? sparseTensors : [sparseTensor, ...sparseTensors]);
      if (g !== undefined) yield* ofGraph(g);
      for (const body of graphs) yield* ofGraph(body);
    }
  }
}

function* ofSparse(sparse: readonly SparseTensorMessage[]): Generator<TensorMessage> {
  for (const { values } of sparse) if (values !== undefined) yield values;
}
