import { DeepHealthError } from '../errors/deephealth-error.js';
import { isFloatingPoint } from '../tensor/data-type.js';
import { refuseBareNode } from './bare-node.js';
import { type DecodeLimits, decodeOnnxModel } from './decode-model.js';
import type { GraphFunction, OnnxGraph, OperatorSet } from './onnx-graph.js';
import type { FunctionMessage, GraphMessage, OpsetMessage } from './onnx-message.js';
import { normalDomain } from './operator-domain.js';
import { readInitializer, readSparseInitializer } from './read-initializer.js';
import { readNode } from './read-node.js';
import { readValue } from './read-value.js';
import { walkConstants } from './walk-graph.js';

/**
 * Reads the structure of an ONNX file and none of its weights. The bytes are not trusted: depth,
 * number of parts and text are bounded, and nothing outside them is opened.
 *
 * Protobuf accepts many a random file as a message of unknown fields, so this asks for what every
 * model has: an IR version, an operator set, and a graph with at least one node and one output.
 *
 * @throws DeepHealthError DH_GRAPH_MALFORMED if the file is truncated, random or another kind of file,
 * DH_GRAPH_NOT_A_MODEL if it holds a single node.
 */
export function readOnnxGraph(bytes: Uint8Array, limits?: DecodeLimits): OnnxGraph {
  refuseBareNode(bytes);
  const model = decodeOnnxModel(bytes, limits);
  const { graph } = model;
  const irVersion = Number(model.irVersion ?? 0n);
  const opsets = (model.opsetImport ?? []).map(readOperatorSet);
  require(irVersion >= 1, 'it states no IR version');
  require(opsets.length > 0, 'it states no operator set');
  require(graph !== undefined, 'it holds no graph');
  require((graph.node ?? []).length > 0, 'its graph has no node');
  require((graph.output ?? []).length > 0, 'its graph has no output');
  const content = readContent(graph);
  const functions = (model.functions ?? []).map(readFunction);
  return {
    irVersion,
    producerName: model.producerName ?? '',
    producerVersion: model.producerVersion ?? '',
    opsets,
    graphName: graph.name ?? '',
    ...content,
    functions,
    metadata: Object.fromEntries((model.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
    parameterCount: countParameters({ ...content, functions }),
  };
}

function readContent(graph: GraphMessage): Pick<OnnxGraph, 'inputs' | 'outputs' | 'values' | 'initializers' | 'nodes'> {
  const initializers = [
    ...(graph.initializer ?? []).map(readInitializer),
    ...(graph.sparseInitializer ?? []).map(readSparseInitializer),
  ];
  const constants = new Set(initializers.map(({ name }) => name));
  return {
    // Up to IR version 3 a file lists its initialisers among the inputs; later ones may.
    inputs: (graph.input ?? []).map(readValue).filter(({ name }) => !constants.has(name)),
    outputs: (graph.output ?? []).map(readValue),
    values: (graph.valueInfo ?? []).map(readValue),
    initializers,
    nodes: (graph.node ?? []).map(readNode),
  };
}

function readFunction(message: FunctionMessage): GraphFunction {
  return {
    domain: message.domain ?? '',
    name: message.name ?? '',
    opsets: (message.opsetImport ?? []).map(readOperatorSet),
    nodes: (message.node ?? []).map(readNode),
  };
}

function readOperatorSet(message: OpsetMessage): OperatorSet {
  return { domain: normalDomain(message.domain), version: Number(message.version ?? 0n) };
}

function countParameters(graph: Parameters<typeof walkConstants>[0]): number {
  let count = 0;
  for (const { dataType, elementCount } of walkConstants(graph)) {
    if (dataType !== undefined && isFloatingPoint(dataType)) count += elementCount;
  }
  return count;
}

function require(holds: boolean, problem: string): asserts holds {
  if (holds) return;
  throw new DeepHealthError(
    'DH_GRAPH_MALFORMED',
    `The file is not an ONNX model: ${problem}. Give the .onnx file that the training framework exported.`,
  );
}
