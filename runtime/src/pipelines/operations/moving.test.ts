import { type DataTypeName, DeepHealthError, type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { concat } from './concat.js';
import { selectColumns } from './select-columns.js';
import { selectRows } from './select-rows.js';

const ramp = (shape: readonly number[], from = 0, dataType: DataTypeName = 'FP32') => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return tensorFromValues(
    dataType,
    shape,
    Array.from({ length: count }, (_, i) => from + i),
  );
};
const bool = (shape: readonly number[], values: readonly number[]) =>
  tensorFromValues(
    'BOOL',
    shape,
    values.map((value) => value === 1),
  );
const numbers = (tensor: RawTensor) => tensorValues(tensor).map(Number);
const rows = (tensor: RawTensor, mask: RawTensor) =>
  selectRows({ edge: 'patches', tensor }, { edge: 'is_tissue', tensor: mask });

/** Value at the given index, for a naive look at any tensor. */
function at(tensor: RawTensor, index: readonly number[]): number {
  const flat = index.reduce((sum, place, axis) => sum * (tensor.shape[axis] as number) + place, 0);
  return numbers(tensor)[flat] as number;
}

function* indices(shape: readonly number[]): Iterable<number[]> {
  if (shape.length === 0) yield [];
  else {
    for (let i = 0; i < (shape[0] as number); i++) for (const rest of indices(shape.slice(1))) yield [i, ...rest];
  }
}

describe('concat', () => {
  it('joins along the first, a middle and the last axis', () => {
    const [a, b] = [ramp([2, 2]), ramp([1, 2], 10)];
    expect(concat([a, b], 0)).toMatchObject({ dataType: 'FP32', shape: [3, 2] });
    expect(numbers(concat([a, b], 0))).toEqual([0, 1, 2, 3, 10, 11]);
    const [c, d] = [ramp([2, 1]), ramp([2, 2], 10)];
    expect(concat([c, d], 1).shape).toEqual([2, 3]);
    expect(numbers(concat([c, d], 1))).toEqual([0, 10, 11, 1, 12, 13]);
    expect(numbers(concat([ramp([2, 1, 2]), ramp([2, 2, 2], 10)], 1))).toEqual([
      0, 1, 10, 11, 12, 13, 2, 3, 14, 15, 16, 17,
    ]);
  });

  it('takes any type, and nothing from a tensor without rows', () => {
    const joined = concat([ramp([0, 2], 0, 'INT64'), ramp([2, 2], 5, 'INT64')], 0);
    expect(joined).toEqual(ramp([2, 2], 5, 'INT64'));
  });

  it('puts every element where its index says, for any shape', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const any = (least: number, count: number) => least + Math.floor(random() * count);
      const shape = Array.from({ length: any(1, 4) }, () => any(1, 3));
      const axis = any(0, shape.length);
      const type = (['UINT8', 'INT16', 'FP32', 'FP64'] as const)[any(0, 4)] as DataTypeName;
      const parts = Array.from({ length: any(2, 3) }, (_, part) =>
        ramp(
          shape.map((extent, i) => (i === axis ? any(1, 3) : extent)),
          part * 60,
          type,
        ),
      );
      const joined = concat(parts, axis);
      let start = 0;
      for (const part of parts) {
        for (const index of indices(part.shape)) {
          const there = index.map((place, i) => (i === axis ? place + start : place));
          expect(at(joined, there)).toBe(at(part, index));
        }
        start += part.shape[axis] as number;
      }
      expect(joined.shape[axis]).toBe(start);
    }
  });
});

describe('selectRows', () => {
  it('keeps the rows for which the mask is true, in their order', () => {
    const kept = rows(ramp([4, 1, 2]), bool([4, 1], [1, 0, 0, 1]));
    expect(kept).toMatchObject({ dataType: 'FP32', shape: [2, 1, 2] });
    expect(numbers(kept)).toEqual([0, 1, 6, 7]);
    expect(numbers(rows(ramp([3], 0, 'UINT8'), bool([3], [0, 1, 0])))).toEqual([1]);
  });

  it('gives memory of its own', () => {
    const patches = ramp([2, 2]);
    const kept = rows(patches, bool([2], [1, 1]));
    patches.data.fill(0xff);
    expect(numbers(kept)).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['no row passes', ramp([3, 2]), bool([3], [0, 0, 0])],
    ['there is none', ramp([0, 2]), bool([0], [])],
  ])('refuses where %s, and names mask and rows', (_, tensor, mask) => {
    let thrown: unknown;
    try {
      rows(tensor, mask);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DeepHealthError);
    expect(thrown).toMatchObject({ code: 'DH_SELECTION_EMPTY', details: { edge: 'patches', mask: 'is_tissue' } });
    expect((thrown as Error).message).toContain('"is_tissue" is true for none of the');
  });

  it('keeps what a loop keeps', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const count = 1 + Math.floor(random() * 12);
      const mask = Array.from({ length: count }, (_, i) => (i === count - 1 || random() < 0.5 ? 1 : 0));
      const kept = rows(ramp([count, 3]), bool([count], mask));
      const expected = mask.flatMap((keep, row) => (keep === 1 ? [row * 3, row * 3 + 1, row * 3 + 2] : []));
      expect(numbers(kept)).toEqual(expected);
    }
  });
});

describe('selectColumns', () => {
  it('gives the listed columns in the listed order', () => {
    const picked = selectColumns(ramp([2, 1, 3]), [2, 0]);
    expect(picked).toMatchObject({ dataType: 'FP32', shape: [2, 1, 2] });
    expect(numbers(picked)).toEqual([2, 0, 5, 3]);
    expect(numbers(selectColumns(ramp([4], 7, 'INT64'), [3]))).toEqual([10]);
    expect(selectColumns(ramp([0, 3]), [1])).toMatchObject({ shape: [0, 1], data: new Uint8Array() });
  });
});
