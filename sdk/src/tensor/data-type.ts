/** Element types by the names of the Open Inference Protocol. */
export const DATA_TYPE_NAMES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
  'BF16',
] as const;

export type DataTypeName = (typeof DATA_TYPE_NAMES)[number];

/** Bytes per element; undefined for BYTES, whose elements carry their own length. */
export const ELEMENT_SIZE_BYTES: Readonly<Record<DataTypeName, number | undefined>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: undefined,
  BF16: 2,
};

/** True for a name of {@link DATA_TYPE_NAMES}. */
export function isDataTypeName(name: string): name is DataTypeName {
  return (DATA_TYPE_NAMES as readonly string[]).includes(name);
}

/** "DATA_TYPE_FP32" (contract enum) to "FP32"; undefined for UNSPECIFIED and unknown values. */
export function fromContractDataType(value: string | number | undefined): DataTypeName | undefined {
  if (typeof value !== 'string' || !value.startsWith('DATA_TYPE_')) return undefined;
  const name = value.slice('DATA_TYPE_'.length);
  return isDataTypeName(name) ? name : undefined;
}

/** "FP32" to the contract enum "DATA_TYPE_FP32". */
export function toContractDataType<T extends DataTypeName>(name: T): `DATA_TYPE_${T}` {
  return `DATA_TYPE_${name}`;
}

/** True for the types whose elements may be NaN or infinite. */
export function isFloatingPoint(name: DataTypeName): boolean {
  return name === 'FP16' || name === 'FP32' || name === 'FP64' || name === 'BF16';
}
