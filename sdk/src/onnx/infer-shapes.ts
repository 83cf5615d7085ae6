import type { InferredShape, ShapeQuestion } from './inferred-shape.js';
import type { GraphInitializer, GraphNode, OnnxGraph } from './onnx-graph.js';
import { SHAPE_RULES } from './shape-rules.js';

export interface InferredShapes {
  /** Shape of each tensor of the main graph by its name; absent where it is not known. */
  readonly shapes: ReadonlyMap<string, InferredShape>;
  question(node: GraphNode): ShapeQuestion;
}

/**
 * Follows shapes through the main graph: what the file declares where it declares it, what the operator
 * makes of its inputs otherwise. An operator without a rule makes tensors of unknown shape, and so do
 * subgraphs; nothing is guessed.
 */
export function inferShapes(graph: OnnxGraph): InferredShapes {
  const shapes = new Map<string, InferredShape>();
  const constants = new Map<string, Pick<GraphInitializer, 'integers' | 'floats'>>();
  for (const constant of graph.initializers) {
    shapes.set(constant.name, constant.shape);
    constants.set(constant.name, constant);
  }
  const declared = new Map<string, InferredShape>();
  for (const { name, shape } of [...graph.values, ...graph.outputs]) if (isFollowed(shape)) declared.set(name, shape);
  for (const { name, shape } of graph.inputs) if (isFollowed(shape)) shapes.set(name, shape);
  const opset = graph.opsets.find(({ domain }) => domain === '')?.version ?? 0;
  const question = (node: GraphNode): ShapeQuestion => ({
    node,
    opset,
    shape: (place) => shapes.get(node.inputs[place] ?? ''),
    integers: (place) => constants.get(node.inputs[place] ?? '')?.integers,
    floats: (place) => constants.get(node.inputs[place] ?? '')?.floats,
  });
  for (const node of graph.nodes) {
    keepConstant(node, constants);
    const rule = node.domain === '' ? SHAPE_RULES.get(node.opType) : undefined;
    const inferred = rule?.(question(node)) ?? [];
    node.outputs.forEach((name, place) => {
      const shape = merge(inferred[place], declared.get(name));
      if (isFollowed(shape)) shapes.set(name, shape);
    });
  }
  return { shapes, question };
}

/** Results of Constant nodes count as constants. */
function keepConstant(
  { opType, outputs, tensors, integers, floats }: GraphNode,
  constants: Map<string, Pick<GraphInitializer, 'integers' | 'floats'>>,
): void {
  const [name] = outputs;
  if (opType !== 'Constant' || name === undefined) return;
  const whole = tensors[0]?.integers ?? integers.get('value_ints') ?? integers.get('value_int');
  const numbers = tensors[0]?.floats ?? floats.get('value_floats') ?? floats.get('value_float');
  constants.set(name, {
    ...(whole === undefined ? {} : { integers: whole }),
    ...(numbers === undefined ? {} : { floats: numbers }),
  });
}

/** Ranks above that of any engine are not followed, so that a forged file costs no time. */
const HIGHEST_RANK = 64;

function isFollowed(shape: InferredShape | undefined): shape is InferredShape {
  return shape !== undefined && shape.length <= HIGHEST_RANK;
}

/** What is declared wins where it says more. */
function merge(inferred: InferredShape | undefined, declared: InferredShape | undefined): InferredShape | undefined {
  if (inferred === undefined || declared === undefined) return declared ?? inferred;
  if (inferred.length !== declared.length) return declared;
  return declared.map((extent, axis) => (typeof extent === 'number' ? extent : (inferred[axis] ?? extent)));
}
