import { type DataTypeName, ELEMENT_SIZE_BYTES } from '../tensor/data-type.js';

type Element = number | bigint | boolean | string;

const WRITERS: Partial<Record<DataTypeName, (view: DataView, offset: number, value: Element) => void>> = {
  BOOL: (view, offset, value) => view.setUint8(offset, value === true || value === 1 ? 1 : 0),
  UINT8: (view, offset, value) => view.setUint8(offset, Number(value)),
  INT8: (view, offset, value) => view.setInt8(offset, Number(value)),
  UINT16: (view, offset, value) => view.setUint16(offset, Number(value), true),
  INT16: (view, offset, value) => view.setInt16(offset, Number(value), true),
  UINT32: (view, offset, value) => view.setUint32(offset, Number(value), true),
  INT32: (view, offset, value) => view.setInt32(offset, Number(value), true),
  UINT64: (view, offset, value) => view.setBigUint64(offset, BigInt(value), true),
  INT64: (view, offset, value) => view.setBigInt64(offset, BigInt(value), true),
  FP32: (view, offset, value) => view.setFloat32(offset, Number(value), true),
  FP64: (view, offset, value) => view.setFloat64(offset, Number(value), true),
};

/**
 * Elements as little-endian bytes without padding.
 *
 * @throws TypeError for FP16, BF16 and BYTES, which no test model has as constants.
 */
export function packElements(dataType: DataTypeName, values: readonly Element[]): Uint8Array {
  const write = WRITERS[dataType];
  const size = ELEMENT_SIZE_BYTES[dataType];
  if (write === undefined || size === undefined) throw new TypeError(`no test model has constants of ${dataType}`);
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) write(view, index * size, value);
  return bytes;
}
