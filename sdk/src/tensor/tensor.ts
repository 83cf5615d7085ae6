import { endianness } from 'node:os';
import { decodeBytesElements, encodeBytesElements } from './bytes-elements.js';
import type { DataTypeName } from './data-type.js';
import { decodeBfloat16, decodeHalf, encodeBfloat16, encodeHalf } from './half.js';
import { checkByteLength, elementCount } from './shape.js';

/** Typed array that holds each type; 16-bit floats are held as their bit patterns. */
export interface TypedArrayOf {
  BOOL: Uint8Array;
  UINT8: Uint8Array;
  UINT16: Uint16Array;
  UINT32: Uint32Array;
  UINT64: BigUint64Array;
  INT8: Int8Array;
  INT16: Int16Array;
  INT32: Int32Array;
  INT64: BigInt64Array;
  FP16: Uint16Array;
  FP32: Float32Array;
  FP64: Float64Array;
  BF16: Uint16Array;
}

export type NumericDataType = keyof TypedArrayOf;
/** Elements of a tensor of numbers. */
export type TensorData = TypedArrayOf[NumericDataType];

const constructors = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
  BF16: Uint16Array,
} as const;

/** A tensor as it travels: little-endian bytes with type and shape. `data` is borrowed. */
export interface RawTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Bytes as a typed array: a view where the bytes are aligned and own their memory, else one copy.
 *
 * Protobuf bytes lie at any offset of a slab that holds neighbouring messages, so a view is only
 * taken with `mayBorrow`, and never handed to code that looks at `.buffer`.
 */
export function toTypedArray<T extends NumericDataType>(
  dataType: T,
  bytes: Uint8Array,
  options: { readonly mayBorrow?: boolean } = {},
): TypedArrayOf[T] {
  const Constructor = constructors[dataType];
  const size = Constructor.BYTES_PER_ELEMENT;
  const length = bytes.byteLength / size;
  if (!Number.isInteger(length))
    throw new RangeError(`${bytes.byteLength} bytes are no whole number of ${dataType} elements`);
  if (isLittleEndian && options.mayBorrow === true && bytes.byteOffset % size === 0) {
    return new Constructor(bytes.buffer as ArrayBuffer, bytes.byteOffset, length) as TypedArrayOf[T];
  }
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  if (!isLittleEndian) swapBytes(copy, size);
  return new Constructor(copy.buffer, 0, length) as TypedArrayOf[T];
}

/** A typed array as little-endian bytes; a view of its memory on little-endian machines. */
export function toBytes(data: TensorData): Uint8Array {
  const view = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (isLittleEndian) return view;
  const copy = view.slice();
  swapBytes(copy, data.BYTES_PER_ELEMENT);
  return copy;
}

/** Elements as JavaScript values: numbers, bigints for 64-bit integers, booleans, byte strings. */
export function tensorValues(tensor: RawTensor): (number | bigint | boolean | Uint8Array)[] {
  checkByteLength('tensor', tensor.dataType, tensor.shape, tensor.data.byteLength);
  switch (tensor.dataType) {
    case 'BYTES':
      return decodeBytesElements('tensor', tensor.data, elementCount(tensor.shape));
    case 'BOOL':
      return Array.from(tensor.data, (byte) => byte !== 0);
    case 'FP16':
      return Array.from(toTypedArray('FP16', tensor.data), decodeHalf);
    case 'BF16':
      return Array.from(toTypedArray('BF16', tensor.data), decodeBfloat16);
    default:
      return Array.from<number | bigint>(toTypedArray(tensor.dataType, tensor.data) as Iterable<number | bigint>);
  }
}

/** The reverse of {@link tensorValues}. Throws RangeError for a value that the type cannot hold. */
export function tensorFromValues(
  dataType: DataTypeName,
  shape: readonly number[],
  values: readonly (number | bigint | boolean | string | Uint8Array)[],
): RawTensor {
  const expected = elementCount(shape);
  if (values.length !== expected) {
    throw new RangeError(`shape [${shape.join(', ')}] needs ${expected} values, got ${values.length}`);
  }
  if (dataType === 'BYTES') {
    const encoder = new TextEncoder();
    const elements = values.map((v) => (v instanceof Uint8Array ? v : encoder.encode(String(v))));
    return { dataType, shape, data: encodeBytesElements(elements) };
  }
  const data = new constructors[dataType](values.length) as TensorData;
  values.forEach((value, index) => {
    (data as { [index: number]: number | bigint })[index] = encodeElement(dataType, value);
  });
  return { dataType, shape, data: toBytes(data) };
}

const integerBits: Partial<Record<DataTypeName, readonly [bits: number, signed: boolean]>> = {
  UINT8: [8, false],
  UINT16: [16, false],
  UINT32: [32, false],
  UINT64: [64, false],
  INT8: [8, true],
  INT16: [16, true],
  INT32: [32, true],
  INT64: [64, true],
};

function encodeElement(
  dataType: NumericDataType,
  value: number | bigint | boolean | string | Uint8Array,
): number | bigint {
  if (value instanceof Uint8Array) throw new RangeError(`${dataType} elements are not byte strings`);
  if (dataType === 'BOOL') {
    const text = String(value);
    if (text === 'true' || text === '1') return 1;
    if (text === 'false' || text === '0') return 0;
    throw new RangeError('a value is neither true nor false');
  }
  const integer = integerBits[dataType];
  if (integer !== undefined) {
    const [bits, signed] = integer;
    if (typeof value === 'string' && !/^-?[0-9]+$/.test(value)) throw new RangeError('a text is no whole number');
    const exact = BigInt(value);
    const fits = signed ? BigInt.asIntN(bits, exact) === exact : BigInt.asUintN(bits, exact) === exact;
    if (!fits) throw new RangeError(`a value does not fit ${dataType}`);
    return bits === 64 ? exact : Number(exact);
  }
  return encodeFloat(dataType, value);
}

const FLOAT_TEXT = /^(?:NaN|-?Infinity|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)$/;

function encodeFloat(dataType: NumericDataType, value: number | bigint | boolean | string): number {
  // Number() takes an empty text for 0 and any other word for NaN, which nobody has meant.
  if (typeof value === 'string' && !FLOAT_TEXT.test(value)) throw new RangeError('a text is no number');
  const number = Number(value);
  const [encoded, held] = roundTo(dataType, number);
  const isInfinite = Math.abs(held) === Number.POSITIVE_INFINITY;
  const isMeant = typeof value === 'string' ? value.endsWith('Infinity') : value === number && number === held;
  if (isInfinite && !isMeant) throw new RangeError(`a value does not fit ${dataType}`);
  return encoded;
}

/** What is stored for the number, and the number that this stands for. */
function roundTo(dataType: NumericDataType, number: number): [encoded: number, held: number] {
  switch (dataType) {
    case 'FP16':
      return [encodeHalf(number), decodeHalf(encodeHalf(number))];
    case 'BF16':
      return [encodeBfloat16(number), decodeBfloat16(encodeBfloat16(number))];
    case 'FP32':
      return [number, Math.fround(number)];
    default:
      return [number, number];
  }
}

const isLittleEndian = endianness() === 'LE';

function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}
