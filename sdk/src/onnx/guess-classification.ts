import type { ClassificationOutputSpec } from '../package/manifest.js';
import type { GraphNode, GraphValue, OnnxGraph } from './onnx-graph.js';

/** A classification that the last operator of an output suggests, and why. */
export interface ClassificationGuess {
  readonly mode: ClassificationOutputSpec['mode'];
  readonly classCount: number;
  /** Operator that makes the output. */
  readonly operator: string;
}

type Mode = ClassificationOutputSpec['mode'];

/** Operators that end in probabilities, by domain and type; the last axis is asked of `isOverClasses`. */
const MODES: ReadonlyMap<string, (classCount: number) => Mode | undefined> = new Map([
  [':Softmax', (count: number): Mode | undefined => (count < 2 ? undefined : 'multiclass')],
  [':Sigmoid', (count: number): Mode | undefined => (count === 1 ? 'binary' : 'multilabel')],
  // What skl2onnx ends a classifier with when ZipMap is off.
  ['ai.onnx.ml:Normalizer', (count: number): Mode | undefined => (count < 2 ? undefined : 'multiclass')],
]);

/**
 * Guesses that an output holds class probabilities: FP32, one row per item, a known number of
 * columns, made by an operator that gives probabilities. Undefined if nothing suggests it.
 */
export function guessClassification(graph: OnnxGraph, output: GraphValue): ClassificationGuess | undefined {
  const { shape } = output;
  const columns = shape?.at(-1);
  if (output.dataType !== 'FP32' || shape === undefined || shape.length > 2) return undefined;
  if (typeof columns !== 'number' || columns < 1) return undefined;
  const node = makerOf(graph, output.name);
  if (node === undefined || !isOverLastAxis(graph, node, shape.length)) return undefined;
  const mode = MODES.get(`${node.domain}:${node.opType}`)?.(columns);
  if (mode === undefined) return undefined;
  return { mode, classCount: mode === 'binary' ? 2 : columns, operator: node.opType };
}

/** The node that makes a tensor, seen through Identity. */
function makerOf({ nodes }: OnnxGraph, name: string): GraphNode | undefined {
  let wanted = name;
  // Repairs leave one Identity behind; a forged file may have any number, or a circle.
  for (let step = 0; step < 4; step++) {
    const node = nodes.find(({ outputs }) => outputs.includes(wanted));
    if (node?.opType !== 'Identity' || node.inputs[0] === undefined) return node;
    wanted = node.inputs[0];
  }
  return undefined;
}

/** Softmax is over axis -1 by default from opset 13 on, and over all axes from 1 on before. */
function isOverLastAxis({ opsets }: OnnxGraph, node: GraphNode, rank: number): boolean {
  if (node.opType !== 'Softmax') return true;
  const opset = opsets.find(({ domain }) => domain === '')?.version ?? 0;
  const axis = node.integers.get('axis')?.[0] ?? (opset >= 13 ? -1 : 1);
  return axis === -1 || axis === rank - 1;
}
