import { ELEMENT_SIZE_BYTES } from '../tensor/data-type.js';
import { inferShapes } from './infer-shapes.js';
import type { InferredShape, ShapeQuestion } from './inferred-shape.js';
import type { GraphNode, OnnxGraph } from './onnx-graph.js';
import { walkConstants } from './walk-graph.js';

/** What one item costs, as far as the shapes of the graph are known. */
export interface CostEstimate {
  /** Floating-point operations of one item; a multiplication and an addition are two. */
  readonly flops: number;
  /** Nodes of the main graph that `flops` does not count, because a shape is not known. */
  readonly uncountedNodes: number;
  /** Bytes of all constants, those in other files included. */
  readonly weightBytes: number;
  /** Largest sum of the tensors that live at the same time, in bytes, taken as FP32. */
  readonly activationBytes: number;
}

/**
 * Estimates what one item costs. Every varying extent counts as 1, so that for a recurrent model it is
 * the cost of one step. An estimate to compare models with, no promise: an engine fuses nodes, and keeps
 * memory for itself.
 */
export function estimateCost(graph: OnnxGraph): CostEstimate {
  const { shapes, question } = inferShapes(graph);
  let flops = 0;
  let uncountedNodes = 0;
  for (const node of graph.nodes) {
    const count = flopsOf(node, question(node), shapes.get(node.outputs[0] ?? ''));
    if (count === undefined) uncountedNodes += 1;
    else flops += count;
  }
  let weightBytes = 0;
  for (const { elementCount, dataType } of walkConstants(graph)) {
    weightBytes += elementCount * ((dataType && ELEMENT_SIZE_BYTES[dataType]) ?? 1);
  }
  return { flops, uncountedNodes, weightBytes, activationBytes: peakBytes(graph, shapes) };
}

const RECURRENT_GATES: ReadonlyMap<string, number> = new Map([
  ['RNN', 1],
  ['GRU', 3],
  ['LSTM', 4],
]);

/** Operators that move or name elements without computing. */
const FREE = new Set([
  'Cast',
  'Constant',
  'Flatten',
  'Identity',
  'Reshape',
  'Shape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

function flopsOf(node: GraphNode, question: ShapeQuestion, output: InferredShape | undefined): number | undefined {
  if (FREE.has(node.opType)) return 0;
  const [x, weights] = [question.shape(0), question.shape(1)];
  const gates = RECURRENT_GATES.get(node.opType);
  if (gates !== undefined) {
    const hidden = question.shape(2)?.[2];
    if (x === undefined || weights === undefined || typeof hidden !== 'number') return undefined;
    return 2 * gates * hidden * (extentOf(x[2]) + hidden) * extentOf(x[0]) * extentOf(x[1]) * extentOf(weights[0]);
  }
  if (output === undefined || output.includes(undefined)) return undefined;
  const elements = elementsOf(output);
  switch (node.opType) {
    case 'Conv':
      return weights === undefined ? undefined : 2 * elements * elementsOf(weights.slice(1));
    case 'ConvTranspose':
      return weights === undefined || x === undefined ? undefined : 2 * elementsOf(x) * elementsOf(weights.slice(1));
    case 'Gemm':
      return weights === undefined ? undefined : (2 * elements * elementsOf(weights)) / extentOf(output[1]);
    case 'MatMul':
      return x === undefined ? undefined : 2 * elements * extentOf(x.at(-1));
    case 'MaxPool':
    case 'AveragePool':
      return elements * (node.integers.get('kernel_shape') ?? []).reduce((product, size) => product * size, 1);
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
      return x === undefined ? undefined : elementsOf(x);
    default:
      return elements;
  }
}

/** Walks the nodes in order and frees a tensor after the last node that reads it. */
function peakBytes(graph: OnnxGraph, shapes: ReadonlyMap<string, InferredShape>): number {
  const lastUse = new Map<string, number>();
  graph.nodes.forEach(({ inputs }, index) => {
    for (const name of inputs) lastUse.set(name, index);
  });
  for (const { name } of graph.outputs) lastUse.set(name, graph.nodes.length);
  const bytesOf = (name: string) => 4 * elementsOf(shapes.get(name) ?? [0]);
  const constants = new Set(graph.initializers.map(({ name }) => name));
  let live = graph.inputs.reduce((sum, { name }) => sum + bytesOf(name), 0);
  let peak = live;
  graph.nodes.forEach(({ inputs, outputs }, index) => {
    for (const name of outputs) if (name !== '') live += bytesOf(name);
    peak = Math.max(peak, live);
    for (const name of new Set([...inputs, ...outputs])) {
      if (name !== '' && !constants.has(name) && (lastUse.get(name) ?? -1) <= index) live -= bytesOf(name);
    }
  });
  return peak;
}

function elementsOf(shape: InferredShape): number {
  return shape.reduce<number>((product, extent) => product * extentOf(extent), 1);
}

/** A varying or unknown extent counts as 1. */
function extentOf(extent: InferredShape[number]): number {
  return typeof extent === 'number' ? extent : 1;
}
