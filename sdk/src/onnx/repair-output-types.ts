import { toOnnxElementType } from './element-type.js';
import type { GraphRepair } from './graph-repair.js';
import type { InferredShape } from './inferred-shape.js';
import type { GraphNode, GraphValue, OnnxGraph } from './onnx-graph.js';
import type { TypeMessage } from './onnx-message.js';
import { quoteName } from './quote-name.js';

/** Operators that hand on elements of the type that they get. */
const PASSES_TYPE = new Set(['Flatten', 'Identity', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze']);

interface Maker {
  readonly node: GraphNode;
  /** Place of the node in the graph. */
  readonly index: number;
}

/** Reshapes in a row that are looked through; exporters write one or two, a forged file any number. */
const LONGEST_CHAIN = 16;

/** Repairs of outputs that are declared as what their operator does not make. */
export function planOutputTypes(graph: OnnxGraph, shapes: ReadonlyMap<string, InferredShape>): GraphRepair[] {
  const makers = new Map<string, Maker>();
  graph.nodes.forEach((node, index) => {
    for (const name of node.outputs) makers.set(name, { node, index });
  });
  return graph.outputs.flatMap((output, index) => {
    const repair = planIndices(output, index, makers) ?? planZipMap(graph, output, index, makers, shapes);
    return repair === undefined ? [] : [repair];
  });
}

/** ArgMax and ArgMin give INT64; EDDL declares every output as FLOAT. */
function planIndices(
  { name, kind, dataType, shape, elementType }: GraphValue,
  index: number,
  makers: ReadonlyMap<string, Maker>,
): GraphRepair | undefined {
  if (kind !== 'tensor' || dataType === 'INT64') return undefined;
  let maker = makers.get(name)?.node;
  for (let step = 0; step < LONGEST_CHAIN && maker !== undefined && PASSES_TYPE.has(maker.opType); step++) {
    maker = makers.get(maker.inputs[0] ?? '')?.node;
  }
  if (maker === undefined || (maker.opType !== 'ArgMax' && maker.opType !== 'ArgMin')) return undefined;
  return {
    kind: 'argmax_output_int64',
    subject: name,
    problem: `The output ${quoteName(name)} is declared as ${elementType}, but ${maker.opType} gives INT64: the engine refuses the file.`,
    description: `The output ${quoteName(name)} was declared as INT64, which ${maker.opType} gives.`,
    output: { index, by: { name, type: tensorType('INT64', shape) } },
  };
}

/** A ZipMap wraps the probabilities, a tensor, into a list of dictionaries. */
function planZipMap(
  graph: OnnxGraph,
  { name, kind }: GraphValue,
  index: number,
  makers: ReadonlyMap<string, Maker>,
  shapes: ReadonlyMap<string, InferredShape>,
): GraphRepair | undefined {
  const made = makers.get(name);
  const maker = made?.node;
  // Identity, which takes its place, is an operator of the default domain.
  if (!graph.opsets.some(({ domain }) => domain === '')) return undefined;
  if (kind === 'tensor' || maker?.opType !== 'ZipMap' || maker.domain !== 'ai.onnx.ml') return undefined;
  const [source = ''] = maker.inputs;
  return {
    kind: 'zipmap_to_tensor',
    subject: name,
    problem: `ZipMap makes the output ${quoteName(name)} out of the tensor ${quoteName(source)}.`,
    description: `ZipMap was taken out, so that the output ${quoteName(name)} is the tensor ${quoteName(source)}.`,
    node: {
      index: made?.index ?? -1,
      by: [{ input: [source], output: [name], name: maker.name, opType: 'Identity' }],
    },
    output: { index, by: { name, type: tensorType('FP32', shapes.get(source) ?? ['batch', undefined]) } },
  };
}

function tensorType(dataType: 'FP32' | 'INT64', shape: GraphValue['shape']): TypeMessage {
  const elemType = toOnnxElementType(dataType);
  if (shape === undefined) return { tensorType: { elemType } };
  const dim = shape.map((extent) => {
    if (extent === undefined) return {};
    return typeof extent === 'string' ? { dimParam: extent } : { dimValue: BigInt(extent) };
  });
  return { tensorType: { elemType, shape: { dim } } };
}
