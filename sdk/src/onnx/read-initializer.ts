import { DeepHealthError } from '../errors/deephealth-error.js';
import type { DataTypeName } from '../tensor/data-type.js';
import { fromOnnxElementType, onnxElementTypeName } from './element-type.js';
import type { ExternalDataPlace, GraphInitializer } from './onnx-graph.js';
import type { SparseTensorMessage, TensorMessage } from './onnx-message.js';
import { quoteName } from './quote-name.js';

/** Longest whole-number tensor that is read; shapes, repeats and axes are shorter. */
const INTEGERS_KEPT = 64;

/** Longest FP32 tensor that is read: a scale for each axis of a volume, with room. */
const FLOATS_KEPT = 8;

/** Extents of a tensor that any engine accepts; more is a sign of a forged file. */
const HIGHEST_RANK = 64;

/**
 * A constant tensor without its elements, except for short ones that state shapes, axes or scales.
 *
 * @throws DeepHealthError DH_GRAPH_MALFORMED if an extent is negative or the product is beyond 2^53.
 */
export function readInitializer(tensor: TensorMessage): GraphInitializer {
  const { name = '' } = tensor;
  const shape = readShape(name, tensor.dims ?? []);
  const dataType = fromOnnxElementType(tensor.dataType ?? 0);
  const integers = readIntegers(tensor);
  const floats = readFloats(tensor);
  const external = readExternal(tensor);
  return {
    name,
    elementType: onnxElementTypeName(tensor.dataType ?? 0),
    ...(dataType === undefined ? {} : { dataType }),
    shape,
    elementCount: shape.reduce((product, extent) => product * extent, 1),
    ...(integers === undefined ? {} : { integers }),
    ...(floats === undefined ? {} : { floats }),
    ...(external === undefined ? {} : { external }),
  };
}

/** A sparse constant: the shape of the whole, the number of elements that are stored. */
export function readSparseInitializer({ values = {}, dims = [] }: SparseTensorMessage): GraphInitializer {
  const stored = readInitializer(values);
  return { ...stored, shape: readShape(stored.name, dims) };
}

function readShape(name: string, dims: readonly bigint[]): number[] {
  if (dims.length <= HIGHEST_RANK && dims.every((extent) => extent >= 0n)) {
    if (dims.reduce((product, extent) => product * extent, 1n) <= Number.MAX_SAFE_INTEGER) return dims.map(Number);
  }
  throw new DeepHealthError(
    'DH_GRAPH_MALFORMED',
    `The file is not an ONNX model: the constant ${quoteName(name)} has a shape that cannot be. Export it again.`,
    { details: { initializer: name.slice(0, 128) } },
  );
}

function readIntegers(tensor: TensorMessage): number[] | undefined {
  const size = INTEGER_SIZES.get(fromOnnxElementType(tensor.dataType ?? 0));
  if (size === undefined || tensor.dataLocation === 1) return undefined;
  const { rawData, int64Data, int32Data } = tensor;
  const listed = int64Data ?? int32Data;
  if (listed !== undefined) return listed.length > INTEGERS_KEPT ? undefined : listed.map(Number);
  if (rawData === undefined || rawData.length > INTEGERS_KEPT * size || rawData.length % size !== 0) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: rawData.length / size }, (_, index) => {
    if (size === 1) return view.getUint8(index);
    return size === 8 ? Number(view.getBigInt64(index * 8, true)) : view.getInt32(index * 4, true);
  });
}

/** Bytes per element of the types whose elements are kept. */
const INTEGER_SIZES: ReadonlyMap<DataTypeName | undefined, number> = new Map([
  ['INT64', 8],
  ['INT32', 4],
  ['BOOL', 1],
]);

function readFloats(tensor: TensorMessage): number[] | undefined {
  if (fromOnnxElementType(tensor.dataType ?? 0) !== 'FP32' || tensor.dataLocation === 1) return undefined;
  const { rawData, floatData } = tensor;
  if (floatData !== undefined) return floatData.length > FLOATS_KEPT ? undefined : [...floatData];
  if (rawData === undefined || rawData.length > FLOATS_KEPT * 4 || rawData.length % 4 !== 0) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: rawData.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
}

function readExternal({ dataLocation, externalData = [] }: TensorMessage): ExternalDataPlace | undefined {
  // An engine may follow the entries or the flag; whichever is there is taken seriously.
  if (dataLocation !== 1 && externalData.length === 0) return undefined;
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const length = entries.get('length');
  return {
    location: entries.get('location') ?? '',
    offset: Number(entries.get('offset') ?? '0'),
    length: length === undefined ? undefined : Number(length),
  };
}
