import { MIXED } from './batch-coupling-layout.js';
import { type BatchCoupling, BatchScan } from './batch-coupling-scan.js';
import { constantLayout, inputLayout, isBatchValue, Scope } from './batch-coupling-scope.js';
import type { OnnxGraph } from './onnx-graph.js';

export type { BatchCoupling } from './batch-coupling-scan.js';

/**
 * True if every input and every output is a tensor whose first extent the graph leaves open. A
 * value without a stated shape counts as one without a batch axis.
 */
export function hasBatchAxis({ inputs, outputs }: OnnxGraph): boolean {
  return inputs.length > 0 && [...inputs, ...outputs].every(isBatchValue);
}

/**
 * Finds what keeps a graph from running several independent items at once. The first axis of each
 * input whose first extent varies is taken for the batch and followed through the operators.
 *
 * An empty list says that each item keeps its own slice in the order of the batch, and that no
 * operator reads across: what is reported may be harmless, what is not known is reported. It says
 * nothing about rounding, which kernels may do differently in a larger batch. A node that uses what
 * a reported one has made is not reported again.
 */
export function findBatchCoupling(graph: OnnxGraph): BatchCoupling[] {
  const layouts = graph.inputs.map(inputLayout);
  if (!layouts.some(({ kind }) => kind === 'items')) return [];
  const scope = new Scope();
  for (const constant of graph.initializers) scope.set(constant.name, constantLayout(constant));
  for (const [index, input] of graph.inputs.entries()) scope.set(input.name, layouts[index] ?? MIXED);
  const scan = new BatchScan(graph);
  scan.follow(graph.nodes, scope);
  scan.checkOutputs(graph, scope);
  return scan.couplings;
}
