import type { DataTypeName } from '../tensor/data-type.js';

/** Element types of `TensorProto.DataType` in the ONNX standard, by their number. */
const NAMES = [
  'UNDEFINED',
  'FLOAT',
  'UINT8',
  'INT8',
  'UINT16',
  'INT16',
  'INT32',
  'INT64',
  'STRING',
  'BOOL',
  'FLOAT16',
  'DOUBLE',
  'UINT32',
  'UINT64',
  'COMPLEX64',
  'COMPLEX128',
  'BFLOAT16',
  'FLOAT8E4M3FN',
  'FLOAT8E4M3FNUZ',
  'FLOAT8E5M2',
  'FLOAT8E5M2FNUZ',
  'UINT4',
  'INT4',
  'FLOAT4E2M1',
  'FLOAT8E8M0',
] as const;

const NUMBERS: Readonly<Record<DataTypeName, number>> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  BF16: 16,
};

const DATA_TYPES: ReadonlyMap<number, DataTypeName> = new Map(
  Object.entries(NUMBERS).map(([name, number]) => [number, name as DataTypeName]),
);

/** The standard's name of an element type, for messages: "FLOAT", "FLOAT8E5M2", "type 99". */
export function onnxElementTypeName(elementType: number): string {
  return NAMES[elementType] ?? `type ${elementType}`;
}

/** The data type that carries an ONNX element type; undefined if none does (complex, 4 and 8 bit floats). */
export function fromOnnxElementType(elementType: number): DataTypeName | undefined {
  return DATA_TYPES.get(elementType);
}

/** The ONNX element type number of a data type. */
export function toOnnxElementType(dataType: DataTypeName): number {
  return NUMBERS[dataType];
}
