import { toOnnxElementType } from '../onnx/element-type.js';
import { encodeOnnxModel } from '../onnx/encode-model.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeMessage,
  type GraphMessage,
  type NodeMessage,
  type TensorMessage,
  type TypeMessage,
  type ValueInfoMessage,
} from '../onnx/onnx-message.js';
import type { DataTypeName } from '../tensor/data-type.js';
import { packElements } from './pack-elements.js';

/** An input or output; a string extent is a named varying one, undefined an unnamed one. */
export interface TensorDeclaration {
  readonly name: string;
  readonly dataType: DataTypeName;
  /** Without a shape, the graph does not even state the rank. */
  readonly shape?: readonly (number | string | undefined)[];
}

/** An input or output of any type that ONNX knows: sequence, map, optional. */
export interface TypedDeclaration {
  readonly name: string;
  readonly type: TypeMessage;
}

export type ValueDeclaration = TensorDeclaration | TypedDeclaration;

/** A constant of the graph: values in row-major order, or a place in another file. */
export interface InitializerDeclaration {
  readonly name: string;
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly values?: readonly (number | bigint | boolean | string)[];
  /** `external_data` entries: location, offset and length, as text. */
  readonly external?: Readonly<Record<string, string>>;
  /** FP32 as a list of numbers instead of bytes, as EDDL writes weights. */
  readonly isListed?: boolean;
}

/** Exactly one member, so that an INT 1 and a FLOAT 1 cannot be mixed up. */
export type AttributeDeclaration =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: InitializerDeclaration }
  | { readonly graph: GraphDeclaration };

export interface NodeDeclaration {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeDeclaration>>;
}

export interface GraphDeclaration {
  readonly name?: string;
  readonly inputs: readonly ValueDeclaration[];
  readonly outputs: readonly ValueDeclaration[];
  readonly nodes: readonly NodeDeclaration[];
  readonly initializers?: readonly InitializerDeclaration[];
}

export interface ModelDeclaration extends GraphDeclaration {
  /** Version of the default operator set; default 13. */
  readonly opset?: number;
  /** Other operator sets by domain, for example `{ 'ai.onnx.ml': 1 }`. */
  readonly opsets?: Readonly<Record<string, number>>;
  /** Default 8. */
  readonly irVersion?: number;
  readonly producer?: { readonly name: string; readonly version: string };
  readonly metadata?: Readonly<Record<string, string>>;
  /** Functions that nodes of their domain call. */
  readonly functions?: readonly {
    readonly domain: string;
    readonly name: string;
    readonly nodes: readonly NodeDeclaration[];
  }[];
}

/** The bytes of an ONNX file, the same ones on every machine. Nothing is checked: tests need wrong models too. */
export function buildOnnxModel(model: ModelDeclaration): Uint8Array {
  const opsets = Object.entries(model.opsets ?? {});
  return encodeOnnxModel({
    irVersion: BigInt(model.irVersion ?? 8),
    producerName: model.producer?.name ?? 'deephealth-testing',
    producerVersion: model.producer?.version ?? '1',
    graph: toGraph(model),
    opsetImport: [
      { domain: '', version: BigInt(model.opset ?? 13) },
      ...opsets.map(([domain, version]) => ({ domain, version: BigInt(version) })),
    ],
    metadataProps: Object.entries(model.metadata ?? {}).map(([key, value]) => ({ key, value })),
    functions: (model.functions ?? []).map(({ domain, name, nodes }) => ({
      domain,
      name,
      node: nodes.map(toNode),
    })),
  });
}

function toGraph(graph: GraphDeclaration): GraphMessage {
  return {
    name: graph.name ?? 'graph',
    node: graph.nodes.map(toNode),
    initializer: (graph.initializers ?? []).map(toTensor),
    input: graph.inputs.map(toValueInfo),
    output: graph.outputs.map(toValueInfo),
  };
}

function toNode(node: NodeDeclaration): NodeMessage {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name ?? '',
    opType: node.op,
    domain: node.domain ?? '',
    attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => ({
      name,
      ...toAttribute(value),
    })),
  };
}

function toAttribute(attribute: AttributeDeclaration): AttributeMessage {
  const types = ATTRIBUTE_TYPES;
  if ('int' in attribute) return { type: types.int, i: BigInt(attribute.int) };
  if ('float' in attribute) return { type: types.float, f: attribute.float };
  if ('string' in attribute) return { type: types.string, s: Buffer.from(attribute.string) };
  if ('ints' in attribute) return { type: types.ints, ints: attribute.ints.map(BigInt) };
  if ('floats' in attribute) return { type: types.floats, floats: [...attribute.floats] };
  if ('strings' in attribute)
    return { type: types.strings, strings: attribute.strings.map((text) => Buffer.from(text)) };
  if ('tensor' in attribute) return { type: types.tensor, t: toTensor(attribute.tensor) };
  return { type: types.graph, g: toGraph(attribute.graph) };
}

function toTensor(tensor: InitializerDeclaration): TensorMessage {
  const message: TensorMessage = {
    name: tensor.name,
    dims: tensor.shape.map(BigInt),
    dataType: toOnnxElementType(tensor.dataType),
  };
  if (tensor.external !== undefined) {
    message.dataLocation = 1;
    message.externalData = Object.entries(tensor.external).map(([key, value]) => ({ key, value }));
  } else if (tensor.dataType === 'BYTES') {
    message.stringData = (tensor.values ?? []).map((text) => Buffer.from(String(text)));
  } else if (tensor.isListed) {
    message.floatData = (tensor.values ?? []).map(Number);
  } else {
    message.rawData = packElements(tensor.dataType, tensor.values ?? []);
  }
  return message;
}

function toValueInfo(value: ValueDeclaration): ValueInfoMessage {
  return { name: value.name, type: 'type' in value ? value.type : tensorType(value.dataType, value.shape) };
}

/** An ONNX tensor type, to nest in sequence, map and optional types. */
export function tensorType(dataType: DataTypeName, shape?: TensorDeclaration['shape']): TypeMessage {
  const elemType = toOnnxElementType(dataType);
  if (shape === undefined) return { tensorType: { elemType } };
  const dim = shape.map((extent) => {
    if (extent === undefined) return {};
    return typeof extent === 'string' ? { dimParam: extent } : { dimValue: BigInt(extent) };
  });
  return { tensorType: { elemType, shape: { dim } } };
}
