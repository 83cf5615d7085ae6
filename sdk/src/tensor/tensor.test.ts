import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { DATA_TYPE_NAMES, ELEMENT_SIZE_BYTES } from './data-type.js';
import { type NumericDataType, tensorFromValues, tensorValues, toBytes, toTypedArray } from './tensor.js';

const numeric = DATA_TYPE_NAMES.filter((name): name is NumericDataType => name !== 'BYTES');
const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;

describe('values of a tensor', () => {
  it.each<[string, (number | bigint | boolean)[]]>([
    ['BOOL', [true, false, true]],
    ['UINT8', [0, 1, 255]],
    ['UINT16', [0, 65_535]],
    ['UINT32', [0, 4_294_967_295]],
    ['UINT64', [0n, 2n ** 53n + 1n, 18_446_744_073_709_551_615n]],
    ['INT8', [-128, 127]],
    ['INT16', [-32_768, 32_767]],
    ['INT32', [-2_147_483_648, 2_147_483_647]],
    ['INT64', [-9_223_372_036_854_775_808n, 2n ** 53n + 1n, 9_223_372_036_854_775_807n]],
    ['FP16', [0, -0, 1, 2 ** -24, 65_504, POSITIVE_INFINITY, NEGATIVE_INFINITY, Number.NaN]],
    ['BF16', [0, -0, 1, 2 ** -133, POSITIVE_INFINITY, NEGATIVE_INFINITY, Number.NaN]],
    ['FP32', [0, -0, 2 ** -149, 2 ** -126, 3.4028234663852886e38, POSITIVE_INFINITY, NEGATIVE_INFINITY, Number.NaN]],
    ['FP64', [0, -0, Number.MIN_VALUE, Number.MAX_VALUE, POSITIVE_INFINITY, NEGATIVE_INFINITY, Number.NaN]],
  ])('of %s come back exactly', (name, values) => {
    const dataType = name as NumericDataType;
    const tensor = tensorFromValues(dataType, [values.length], values);
    expect(tensor.data.byteLength).toBe(values.length * (ELEMENT_SIZE_BYTES[dataType] as number));
    const back = tensorValues(tensor);
    expect(back).toHaveLength(values.length);
    // toBe per element tells -0 from 0 and takes NaN for NaN.
    for (const [index, value] of values.entries()) expect(back[index]).toBe(value);
  });

  it.each([
    ['INT32', [1, -2], [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]],
    ['UINT16', [0x1234], [0x34, 0x12]],
    ['FP32', [1, -0], [0, 0, 0x80, 0x3f, 0, 0, 0, 0x80]],
    ['FP64', [-2], [0, 0, 0, 0, 0, 0, 0, 0xc0]],
    ['FP16', [1], [0x00, 0x3c]],
    ['BF16', [1], [0x80, 0x3f]],
    ['INT64', ['9007199254740993'], [1, 0, 0, 0, 0, 0, 0x20, 0]],
    ['BOOL', [true, false, 1, 0, 'true', 'false'], [1, 0, 1, 0, 1, 0]],
  ] as const)('of %s lie little-endian', (dataType, values, bytes) => {
    expect([...tensorFromValues(dataType, [values.length], values).data]).toEqual(bytes);
  });

  it('of BYTES come back as bytes, from text or bytes', () => {
    const { data, shape } = tensorFromValues('BYTES', [2, 2], ['', 'süß', Uint8Array.of(0, 255), '🫀']);
    const back = tensorValues({ dataType: 'BYTES', shape, data }) as Uint8Array[];
    expect(back.map((element) => Buffer.from(element).toString('hex'))).toEqual(['', '73c3bcc39f', '00ff', 'f09fab80']);
  });

  it('of a scalar and of a tensor without elements come back', () => {
    expect(tensorValues(tensorFromValues('FP32', [], [0.5]))).toEqual([0.5]);
    expect(tensorValues(tensorFromValues('INT64', [3, 0], []))).toEqual([]);
    expect(tensorValues(tensorFromValues('BYTES', [0], []))).toEqual([]);
  });

  it('are refused by a byte count that does not fit the shape', () => {
    expect(() => tensorValues({ dataType: 'FP32', shape: [2], data: new Uint8Array(7) })).toThrowError(
      expect.objectContaining({ code: 'DH_TENSOR_SIZE_MISMATCH' }),
    );
  });
});

describe('tensorFromValues', () => {
  it.each([
    ['UINT8', 256],
    ['UINT8', -1],
    ['INT8', 128],
    ['INT8', -129],
    ['UINT16', 65_536],
    ['INT16', 32_768],
    ['UINT32', 4_294_967_296],
    ['INT32', -2_147_483_649],
    ['UINT64', 18_446_744_073_709_551_616n],
    ['UINT64', -1n],
    ['INT64', 9_223_372_036_854_775_808n],
    ['INT64', '-9223372036854775809'],
    ['INT32', 1.5],
    ['INT32', Number.NaN],
    ['INT64', 'twelve'],
    ['INT64', ''],
    ['FP16', 65_520],
    ['BF16', 3.4e38],
    ['FP32', 1e300],
    ['FP64', '1e999'],
    ['FP64', 10n ** 400n],
    ['FP32', 'abc'],
    ['FP32', ''],
    ['BOOL', 2],
    ['BOOL', 'yes'],
    ['FP32', Uint8Array.of(1)],
  ] as const)('refuses for %s the value %s', (dataType, value) => {
    expect(() => tensorFromValues(dataType, [1], [value])).toThrowError(RangeError);
  });

  it.each([
    ['FP32', 'NaN', Number.NaN],
    ['FP64', '-Infinity', NEGATIVE_INFINITY],
    ['FP16', 'Infinity', POSITIVE_INFINITY],
    ['FP32', '-1.5e2', -150],
    ['BOOL', 1n, true],
  ] as const)('takes for %s the text or bigint %s', (dataType, value, expected) => {
    expect(tensorValues(tensorFromValues(dataType, [1], [value]))).toEqual([expected]);
  });

  it('refuses more or fewer values than the shape has', () => {
    expect(() => tensorFromValues('FP32', [2, 2], [1, 2, 3])).toThrowError('shape [2, 2] needs 4 values, got 3');
    expect(() => tensorFromValues('FP32', [2], [1, 2, 3])).toThrowError(RangeError);
  });
});

describe('toTypedArray', () => {
  const slabOf = (bytes: Uint8Array, offset: number) => {
    const slab = new Uint8Array(bytes.length + 24).fill(0xaa);
    slab.set(bytes, offset);
    return { slab, part: slab.subarray(offset, offset + bytes.length) };
  };

  it.each(numeric)('gives %s its bits from every offset and never its neighbours', (dataType) => {
    const random = seededRandom(numeric.indexOf(dataType));
    const size = ELEMENT_SIZE_BYTES[dataType] as number;
    const bytes = Uint8Array.from({ length: size * 5 }, () => Math.floor(random() * 256));
    for (let offset = 0; offset <= 8; offset++) {
      const { slab, part } = slabOf(bytes, offset);
      const owned = toTypedArray(dataType, part);
      expect(owned).toHaveLength(5);
      expect([...toBytes(owned)]).toEqual([...bytes]);
      // Whoever looks at .buffer sees these elements and nothing else.
      expect([owned.byteOffset, owned.buffer.byteLength]).toEqual([0, bytes.length]);
      slab.fill(0);
      expect([...toBytes(owned)]).toEqual([...bytes]);
    }
  });

  it.each(numeric)('borrows %s only where it lies aligned', (dataType) => {
    const size = ELEMENT_SIZE_BYTES[dataType] as number;
    const bytes = new Uint8Array(size * 3).fill(1);
    for (let offset = 0; offset <= 8; offset++) {
      const { slab, part } = slabOf(bytes, offset);
      const borrowed = toTypedArray(dataType, part, { mayBorrow: true });
      expect([...toBytes(borrowed)]).toEqual([...bytes]);
      if (offset % size === 0) expect(borrowed.buffer).toBe(slab.buffer);
      else expect(borrowed.buffer.byteLength).toBe(bytes.length);
    }
  });

  it('keeps the payload of a NaN in every floating-point type', () => {
    for (const [dataType, bytes] of [
      ['FP16', [0x01, 0xfd]],
      ['BF16', [0xa5, 0x7f]],
      ['FP32', [0x21, 0x43, 0xa5, 0xff]],
      ['FP64', [1, 2, 3, 4, 5, 6, 0xf7, 0x7f]],
    ] as const) {
      expect([...toBytes(toTypedArray(dataType, Uint8Array.from(bytes)))]).toEqual(bytes);
    }
  });

  it.each(numeric.filter((name) => ELEMENT_SIZE_BYTES[name] !== 1))(
    'refuses a part of an element of %s',
    (dataType) => {
      expect(() => toTypedArray(dataType, new Uint8Array(9))).toThrowError(RangeError);
    },
  );

  it('gives a view of the same memory as bytes', () => {
    const data = Float32Array.of(1, 2, 3).subarray(1);
    const bytes = toBytes(data);
    expect(bytes.byteLength).toBe(8);
    data[0] = 0;
    expect([...bytes.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });
});
