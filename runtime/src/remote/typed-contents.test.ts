import { inferenceService } from '@deephealth/proto';
import {
  DATA_TYPE_NAMES,
  type DataTypeName,
  ELEMENT_SIZE_BYTES,
  encodeBytesElements,
  firstNonFinite,
  isFloatingPoint,
  type RawTensor,
} from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { fromTypedContents, hasTypedForm, holdsElements, toTypedContents } from './typed-contents.js';

const typed = DATA_TYPE_NAMES.filter(hasTypedForm);

/** A tensor with any bits that the type allows; NaN only where its payload does not matter. */
function randomTensor(dataType: DataTypeName, count: number, seed: number): RawTensor {
  const random = seededRandom(seed);
  const byte = () => Math.floor(random() * 256);
  if (dataType === 'BYTES') {
    const elements = Array.from({ length: count }, () => Uint8Array.from({ length: byte() % 9 }, byte));
    return { dataType, shape: [count], data: encodeBytesElements(elements) };
  }
  const size = ELEMENT_SIZE_BYTES[dataType] as number;
  const data = Uint8Array.from({ length: count * size }, () => (dataType === 'BOOL' ? byte() % 2 : byte()));
  if (isFloatingPoint(dataType)) {
    for (;;) {
      const index = firstNonFinite(dataType as 'FP32', data);
      if (index < 0) break;
      data.fill(0, index * size, (index + 1) * size);
    }
  }
  return { dataType, shape: [count], data };
}

/** As the other end reads it. */
function overTheWire(tensor: RawTensor) {
  const { requestSerialize, requestDeserialize } = inferenceService().ModelInfer;
  const input = { name: 'x', datatype: tensor.dataType, shape: [...tensor.shape], contents: toTypedContents(tensor) };
  const [read] = requestDeserialize(requestSerialize({ inputs: [input] })).inputs;
  return read?.contents ?? null;
}

describe('typed contents', () => {
  it.each(typed)('carry %s over the wire and back, bit for bit', (dataType) => {
    for (let seed = 0; seed < 20; seed++) {
      const tensor = randomTensor(dataType, seed, seed + 1);
      const contents = overTheWire(tensor);
      expect(holdsElements(contents)).toBe(seed > 0);
      expect(fromTypedContents(dataType, seed, contents)).toEqual(tensor.data);
    }
  });

  it.each(['FP32', 'FP64'] as const)('carry NaN, infinities and the sign of zero of %s', (dataType) => {
    const Floats = dataType === 'FP32' ? Float32Array : Float64Array;
    const values = Floats.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0);
    const tensor = { dataType, shape: [5], data: new Uint8Array(values.buffer) };
    expect(fromTypedContents(dataType, 5, overTheWire(tensor))).toEqual(tensor.data);
  });

  it.each(['FP16', 'BF16'] as const)('do not exist for %s', (dataType) => {
    expect(hasTypedForm(dataType)).toBe(false);
    expect(() => fromTypedContents(dataType, 1, null)).toThrowError(RangeError);
  });

  const contents = (part: object) => ({
    boolContents: [],
    intContents: [],
    int64Contents: [],
    uintContents: [],
    uint64Contents: [],
    fp32Contents: [],
    fp64Contents: [],
    bytesContents: [],
    ...part,
  });

  it.each([
    ['too few elements', 'FP32', 2, { fp32Contents: [1] }],
    ['too many elements', 'FP32', 2, { fp32Contents: [1, 2, 3] }],
    ['the list of another type', 'FP32', 2, { fp64Contents: [1, 2] }],
    ['two lists', 'FP32', 2, { fp32Contents: [1, 2], intContents: [1] }],
    ['an INT8 of 128', 'INT8', 1, { intContents: [128] }],
    ['an INT16 of -32769', 'INT16', 1, { intContents: [-32_769] }],
    ['a UINT8 of 256', 'UINT8', 1, { uintContents: [256] }],
    ['a UINT16 of 65536', 'UINT16', 1, { uintContents: [65_536] }],
    ['nothing', 'INT64', 1, {}],
  ] as const)('are refused with %s', (_, dataType, count, part) => {
    expect(() => fromTypedContents(dataType, count, contents(part))).toThrowError(RangeError);
  });

  it('that are absent are those of no elements', () => {
    expect(fromTypedContents('FP32', 0, null)).toEqual(new Uint8Array());
    expect(() => fromTypedContents('FP32', 1, null)).toThrowError(RangeError);
  });
});
