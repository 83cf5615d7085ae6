import { type DataTypeName, decodeBfloat16, type RawTensor, toBytes, toTypedArray } from '@deephealth/sdk';

type Numeric = Exclude<DataTypeName, 'BYTES'>;

const DESCRIPTIONS: Readonly<Record<Numeric, string>> = {
  BOOL: '|b1',
  UINT8: '|u1',
  UINT16: '<u2',
  UINT32: '<u4',
  UINT64: '<u8',
  INT8: '|i1',
  INT16: '<i2',
  INT32: '<i4',
  INT64: '<i8',
  FP16: '<f2',
  FP32: '<f4',
  FP64: '<f8',
  // NumPy has no such type; every value of it is one of FP32.
  BF16: '<f4',
};

/** A NumPy file (format 1.0), row-major and little endian, of a tensor of numbers. */
export function encodeNpy({ dataType, shape, data }: RawTensor & { readonly dataType: Numeric }): Buffer {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCRIPTIONS[dataType]}', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const head = Buffer.alloc(length, ' ');
  head.write('\x93NUMPY\x01\x00', 0, 'latin1');
  head.writeUInt16LE(length - 10, 8);
  head.write(text, 10, 'latin1');
  head.write('\n', length - 1, 'latin1');
  const elements =
    dataType === 'BF16' ? toBytes(Float32Array.from(toTypedArray('BF16', data), (bits) => decodeBfloat16(bits))) : data;
  return Buffer.concat([head, elements]);
}
