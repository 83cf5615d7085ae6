import { type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { seededRandom, seededValues } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { activate } from './activate.js';
import { mean, weightedMean } from './mean.js';
import { threshold } from './threshold.js';

const fp32 = (shape: readonly number[], values: readonly number[]) => tensorFromValues('FP32', shape, values);
const numbers = (tensor: RawTensor) => tensorValues(tensor).map(Number);
/** The same values at an odd address, as bytes of a message lie. */
function unaligned(tensor: RawTensor): RawTensor {
  const slab = new Uint8Array(tensor.data.byteLength + 1);
  slab.set(tensor.data, 1);
  return { ...tensor, data: slab.subarray(1) };
}

describe('mean', () => {
  it('is the mean, element by element', () => {
    const result = mean([fp32([2, 2], [1, 2, -3, 0]), fp32([2, 2], [3, 2, 3, 0]), fp32([2, 2], [5, 2, -6, 1.5])]);
    expect(result).toMatchObject({ dataType: 'FP32', shape: [2, 2] });
    expect(numbers(result)).toEqual([3, 2, -2, 0.5]);
  });

  it('sums in FP64 and rounds once', () => {
    // In FP32 the sum would already be Infinity, and the small value lost.
    const large = 3.4028234663852886e38;
    expect(numbers(mean([fp32([1], [large]), fp32([1], [large])]))).toEqual([large]);
    const tiny = [2 ** 30, 1, -(2 ** 30), 1].map((value) => fp32([1], [value]));
    expect(numbers(mean(tiny))).toEqual([0.5]);
  });

  it('gives what FP64 gives, for any values, at any address', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed);
      const members = 2 + Math.floor(random() * 6);
      const size = Math.floor(random() * 40);
      const values = Array.from({ length: members }, (_, m) => seededValues(size, seed * 100 + m, 10 ** (m - 2)));
      const raw = random() * members;
      const weights = values.map((_, m) => (m + raw + 0.1) / 100);
      const tensors = values.map((list, m) => (m % 2 === 0 ? fp32([size], list) : unaligned(fp32([size], list))));
      const before = tensors.map(({ data }) => Buffer.from(data));
      const sum = (list: number[]) => list.reduce((total, value) => total + value, 0);
      const at = (i: number) => values.map((list) => list[i] as number);
      const expected = Array.from({ length: size }, (_, i) => Math.fround(sum(at(i)) / members));
      expect(numbers(mean(tensors))).toEqual(expected);
      const weighted = Array.from({ length: size }, (_, i) =>
        Math.fround(sum(at(i).map((value, m) => value * (weights[m] as number))) / sum(weights)),
      );
      expect(numbers(weightedMean(tensors, weights))).toEqual(weighted);
      expect(tensors.map(({ data }) => Buffer.from(data))).toEqual(before);
    }
  });
});

describe('weightedMean', () => {
  it('weighs, element by element', () => {
    const result = weightedMean([fp32([1, 3], [1, 0, 8]), fp32([1, 3], [0, 1, -8])], [0.75, 0.25]);
    expect(result.shape).toEqual([1, 3]);
    expect(numbers(result)).toEqual([0.75, 0.25, 4]);
  });

  it('keeps a probability on which all agree, though the weights do not sum to 1', () => {
    const weights = [0.1, 0.2, 0.300001, 0.4];
    for (const p of [1, 0, 0.7].map(Math.fround)) {
      const members = weights.map(() => fp32([1], [p]));
      expect(numbers(weightedMean(members, weights))).toEqual([p]);
    }
  });
});

describe('threshold', () => {
  const values = [0.25, 0.5, 0.75];
  it.each([
    ['above', [0, 0, 1]],
    ['at_or_above', [0, 1, 1]],
    ['below', [1, 0, 0]],
    ['at_or_below', [1, 1, 0]],
  ] as const)('tells what is %s', (comparison, expected) => {
    const mask = threshold(unaligned(fp32([3, 1], values)), 0.5, comparison);
    expect(mask).toMatchObject({ dataType: 'BOOL', shape: [3, 1] });
    expect([...mask.data]).toEqual(expected);
  });

  it('takes a value written as the same decimal for exactly at it', () => {
    // The FP32 number nearest to 0.1 lies above it, that of 0.7 below.
    for (const decimal of [0.1, 0.7, 1 / 3]) {
      const same = fp32([1], [decimal]);
      expect([...threshold(same, decimal, 'above').data]).toEqual([0]);
      expect([...threshold(same, decimal, 'below').data]).toEqual([0]);
      expect([...threshold(same, decimal, 'at_or_above').data]).toEqual([1]);
      expect([...threshold(same, decimal, 'at_or_below').data]).toEqual([1]);
    }
  });
});

describe('activate', () => {
  it('gives softmax along the last axis', () => {
    const third = Math.fround(1 / 3);
    const result = activate(fp32([2, 1, 3], [5, 5, 5, 1000, 0, 0]), 'softmax');
    expect(result.shape).toEqual([2, 1, 3]);
    expect(numbers(result)).toEqual([third, third, third, 1, 0, 0]);
    const odds = numbers(activate(unaligned(fp32([1, 2], [Math.log(3), 0])), 'softmax'));
    expect(odds[0]).toBeCloseTo(0.75, 6);
    expect(odds[1]).toBeCloseTo(0.25, 6);
  });

  it('gives sigmoid element by element', () => {
    const result = numbers(activate(fp32([4], [0, 1000, -1000, Math.log(3)]), 'sigmoid'));
    expect(result.slice(0, 3)).toEqual([0.5, 1, 0]);
    expect(result[3]).toBeCloseTo(0.75, 6);
  });

  it('takes nothing for nothing', () => {
    expect(numbers(activate(fp32([0, 3], []), 'softmax'))).toEqual([]);
    expect(numbers(activate(fp32([0], []), 'sigmoid'))).toEqual([]);
  });
});
