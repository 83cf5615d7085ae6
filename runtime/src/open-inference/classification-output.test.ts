import {
  type DataTypeName,
  decodeBytesElements,
  elementCount,
  type Manifest,
  type RawTensor,
  tensorFromValues,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { manifestOf, rows } from '../../test/served-model-double.js';
import { assertClassifiable, toClassification } from './classification-output.js';

const plain = manifestOf([rows('x', 1)], [rows('y', 3)]);
const labelled: Manifest = {
  ...plain,
  outputs: [
    {
      name: 'finding',
      kind: 'classification',
      from: 'y',
      mode: 'multiclass',
      classes: [{ label: 'normal' }, { label: 'benign' }, { label: 'malignant' }],
    },
  ],
};

function classesOf(manifest: Manifest, tensor: RawTensor, count: bigint) {
  const { dataType, shape, data } = toClassification(manifest, 'y', tensor, count);
  expect(dataType).toBe('BYTES');
  const texts = decodeBytesElements('y', data, elementCount(shape)).map((bytes) => Buffer.from(bytes).toString());
  return { shape, texts };
}
const fp32 = (shape: number[], values: number[]) => tensorFromValues('FP32', shape, values);

describe('a classification output', () => {
  it('holds the best classes of every row with value, index and label', () => {
    const tensor = fp32([2, 3], [0.25, 0.125, 0.625, 0.5, 0.25, 0.25]);
    expect(classesOf(labelled, tensor, 2n)).toEqual({
      shape: [2, 2],
      texts: ['0.625000:2:malignant', '0.250000:0:normal', '0.500000:0:normal', '0.250000:1:benign'],
    });
  });

  it('has no labels where the manifest names none for these columns', () => {
    expect(classesOf(plain, fp32([1, 3], [1, 2, 3]), 1n).texts).toEqual(['3.000000:2']);
    expect(classesOf(labelled, fp32([1, 2], [1, 2]), 1n).texts).toEqual(['2.000000:1']);
  });

  it('gives all classes to those who want more than there are', () => {
    const { shape, texts } = classesOf(plain, fp32([1, 3], [1, 2, 3]), 2n ** 62n);
    expect({ shape, count: texts.length }).toEqual({ shape: [1, 3], count: 3 });
  });

  it('treats a tensor of one axis as one row, and keeps the axes before the last', () => {
    expect(classesOf(plain, fp32([3], [1, 3, 2]), 1n)).toEqual({ shape: [1], texts: ['3.000000:1'] });
    expect(classesOf(plain, fp32([1, 2, 2], [1, 2, 4, 3]), 1n)).toEqual({
      shape: [1, 2, 1],
      texts: ['2.000000:1', '4.000000:0'],
    });
  });

  it('writes integers whole and 64-bit ones exactly', () => {
    const tensor = tensorFromValues('INT64', [1, 2], [2n ** 53n, 2n ** 53n + 1n]);
    expect(classesOf(plain, tensor, 2n).texts).toEqual(['9007199254740993:1', '9007199254740992:0']);
    expect(classesOf(plain, tensorFromValues('UINT8', [1, 2], [0, 255]), 1n).texts).toEqual(['255:1']);
  });

  it.each<DataTypeName>(['FP16', 'BF16', 'FP64'])('reads %s', (dataType) => {
    expect(classesOf(plain, tensorFromValues(dataType, [1, 2], [0.5, 1.5]), 1n).texts).toEqual(['1.500000:1']);
  });

  it('puts NaN last, keeps equal values in the order of their columns, and never writes exponents', () => {
    const tensor = tensorFromValues('FP64', [1, 5], [Number.NaN, 1, 1e22, 1, Number.NEGATIVE_INFINITY]);
    expect(classesOf(plain, tensor, 5n).texts).toEqual([
      '10000000000000000000000.000000:2',
      '1.000000:1',
      '1.000000:3',
      '-inf:4',
      'nan:0',
    ]);
  });

  it('is not to be had of texts, booleans, single values and what no classifier gives', () => {
    expect(() => assertClassifiable({ name: 'y', dataType: 'BYTES', shape: [-1, 3] })).toThrow(
      "unsupported type 'BYTES'",
    );
    expect(() => assertClassifiable({ name: 'y', dataType: 'BOOL', shape: [-1, 3] })).toThrow(
      "unsupported type 'BOOL'",
    );
    expect(() => assertClassifiable({ name: 'y', dataType: 'FP32', shape: [] })).toThrow('a single value');
    expect(() => classesOf(plain, fp32([1001, 100], new Array(100_100).fill(0)), 1n)).toThrow('too large');
  });
});
