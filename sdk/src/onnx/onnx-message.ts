/**
 * The messages of the ONNX schema as plain objects. Every field is optional, as it is on the
 * wire; 64-bit integers are bigint; bytes of a decoded message are views into the file.
 */
export interface ModelMessage {
  irVersion?: bigint;
  producerName?: string;
  producerVersion?: string;
  graph?: GraphMessage;
  opsetImport?: OpsetMessage[];
  metadataProps?: EntryMessage[];
  functions?: FunctionMessage[];
}

export interface GraphMessage {
  name?: string;
  node?: NodeMessage[];
  initializer?: TensorMessage[];
  sparseInitializer?: SparseTensorMessage[];
  input?: ValueInfoMessage[];
  output?: ValueInfoMessage[];
  valueInfo?: ValueInfoMessage[];
}

export interface NodeMessage {
  input?: string[];
  output?: string[];
  name?: string;
  opType?: string;
  domain?: string;
  attribute?: AttributeMessage[];
}

export interface AttributeMessage {
  name?: string;
  /** One of {@link ATTRIBUTE_TYPES}. */
  type?: number;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorMessage;
  g?: GraphMessage;
  floats?: number[];
  ints?: bigint[];
  strings?: Uint8Array[];
  tensors?: TensorMessage[];
  graphs?: GraphMessage[];
  sparseTensor?: SparseTensorMessage;
  sparseTensors?: SparseTensorMessage[];
}

/** `AttributeProto.AttributeType` of the ONNX standard, as far as this product writes them. */
export const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

export interface TensorMessage {
  name?: string;
  dims?: bigint[];
  /** ONNX element type number. */
  dataType?: number;
  rawData?: Uint8Array;
  floatData?: number[];
  /** Bytes of all of `floatData`, little-endian, where they are packed; never written. */
  floatDataChunks?: Uint8Array[];
  int32Data?: number[];
  int64Data?: bigint[];
  doubleData?: number[];
  /** The same of `doubleData`. */
  doubleDataChunks?: Uint8Array[];
  uint64Data?: bigint[];
  stringData?: Uint8Array[];
  externalData?: EntryMessage[];
  /** 1 if the data lies in another file. */
  dataLocation?: number;
}

export interface SparseTensorMessage {
  values?: TensorMessage;
  indices?: TensorMessage;
  dims?: bigint[];
}

export interface ValueInfoMessage {
  name?: string;
  type?: TypeMessage;
}

export interface TypeMessage {
  tensorType?: TensorTypeMessage;
  sparseTensorType?: TensorTypeMessage;
  sequenceType?: { elemType?: TypeMessage };
  mapType?: { keyType?: number; valueType?: TypeMessage };
  optionalType?: { elemType?: TypeMessage };
}

export interface TensorTypeMessage {
  elemType?: number;
  shape?: { dim?: DimensionMessage[] };
}

export interface DimensionMessage {
  dimValue?: bigint;
  dimParam?: string;
}

export interface OpsetMessage {
  domain?: string;
  version?: bigint;
}

export interface EntryMessage {
  key?: string;
  value?: string;
}

export interface FunctionMessage {
  name?: string;
  domain?: string;
  node?: NodeMessage[];
  opsetImport?: OpsetMessage[];
}
