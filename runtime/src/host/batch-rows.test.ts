import { deepEqual, equal } from 'node:assert/strict';
import {
  type DataTypeName,
  type DeepHealthError,
  ELEMENT_SIZE_BYTES,
  encodeBytesElements,
  type RawTensor,
  type TensorSpec,
} from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { joinRows, splitRows, stackRows, takeRows } from './batch-rows.js';

type Feeds = Record<string, RawTensor>;

const TYPES: readonly DataTypeName[] = ['FP32', 'FP64', 'FP16', 'BF16', 'INT8', 'UINT16', 'INT64', 'BOOL', 'BYTES'];

/** Random bytes of `rows` rows, at an odd offset in their buffer now and then. */
function randomTensor(random: () => number, dataType: DataTypeName, rows: number, rest: readonly number[]): RawTensor {
  const shape = [rows, ...rest];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const byte = () => Math.floor(random() * 256);
  if (dataType === 'BYTES') {
    const texts = Array.from({ length: count }, () => Uint8Array.from({ length: Math.floor(random() * 5) }, byte));
    return { dataType, shape, data: encodeBytesElements(texts) };
  }
  const size = (ELEMENT_SIZE_BYTES[dataType] as number) * count;
  const offset = Math.floor(random() * 3);
  const data = new Uint8Array(size + offset).subarray(offset);
  for (let i = 0; i < size; i++) data[i] = byte();
  return { dataType, shape, data };
}

const plain = ({ dataType, shape, data }: RawTensor) => ({ dataType, shape: [...shape], data: [...data] });
const specsOf = (feeds: Feeds): TensorSpec[] =>
  Object.entries(feeds).map(([name, { dataType, shape }]) => ({ name, dataType, shape: [-1, ...shape.slice(1)] }));

describe('rows of several items', () => {
  it('that are joined and split again are the items, bit for bit, over 300 seeds', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const tensors = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) => ({
        name: `t${i}`,
        dataType: TYPES[Math.floor(random() * TYPES.length)] as DataTypeName,
        rest: Array.from({ length: Math.floor(random() * 3) }, () => 1 + Math.floor(random() * 4)),
      }));
      const items = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
        Object.fromEntries(
          tensors.map(({ name, dataType, rest }) => [name, randomTensor(random, dataType, 1, rest)] as const),
        ),
      );
      const joined = joinRows(items);
      for (const { name, rest } of tensors) deepEqual(joined[name]?.shape, [items.length, ...rest], `seed ${seed}`);
      const split = splitRows(new Map(Object.entries(joined)), specsOf(joined), items.length);
      equal(split.length, items.length);
      for (const [index, item] of items.entries()) {
        for (const { name } of tensors) {
          const where = `seed ${seed}, item ${index}, ${name}`;
          deepEqual(plain(split[index]?.get(name) as RawTensor), plain(item[name] as RawTensor), where);
        }
      }
    }
  });

  it('that are taken in pieces and stacked again are the whole, over 200 seeds', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(1000 + seed);
      const rows = 1 + Math.floor(random() * 9);
      const dataType = TYPES[Math.floor(random() * TYPES.length)] as DataTypeName;
      const whole: Feeds = { a: randomTensor(random, dataType, rows, [2]), b: randomTensor(random, 'FP32', rows, []) };
      const parts: Map<string, RawTensor>[] = [];
      for (let start = 0; start < rows; ) {
        const end = Math.min(rows, start + 1 + Math.floor(random() * 3));
        parts.push(new Map(Object.entries(takeRows(whole, start, end))));
        start = end;
      }
      const stacked = stackRows(parts, specsOf(whole));
      for (const name of ['a', 'b']) {
        deepEqual(plain(stacked.get(name) as RawTensor), plain(whole[name] as RawTensor), `seed ${seed}, ${name}`);
      }
    }
  });

  it('of items that have several each are joined in their order', () => {
    const of = (...values: number[]) => ({
      x: { dataType: 'UINT8' as const, shape: [values.length], data: Uint8Array.from(values) },
    });
    expect(joinRows([of(1, 2), of(3), of(4, 5, 6)]).x).toMatchObject({
      shape: [6],
      data: Buffer.from([1, 2, 3, 4, 5, 6]),
    });
  });

  it('cannot be shared out where an output does not hold one each', () => {
    const specs: TensorSpec[] = [{ name: 'y', dataType: 'UINT8', shape: [-1] }];
    const of = (rows: number): RawTensor => ({ dataType: 'UINT8', shape: [rows], data: new Uint8Array(rows) });
    for (const tensors of [new Map([['y', of(2)]]), new Map([['y', of(4)]]), new Map<string, RawTensor>()]) {
      let thrown: unknown;
      try {
        splitRows(tensors, specs, 3);
      } catch (error) {
        thrown = error;
      }
      expect((thrown as DeepHealthError | undefined)?.code).toBe('DH_MODEL_OUTPUT_INVALID');
      expect((thrown as DeepHealthError).details).toMatchObject({ output: 'y', expected: '3' });
    }
  });
});
