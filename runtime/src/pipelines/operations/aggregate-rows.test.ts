import { type AggregateRowsStepSpec, type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { seededRandom, seededValues } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { aggregateRows } from './aggregate-rows.js';

const fp32 = (shape: readonly number[], values: readonly number[]) => tensorFromValues('FP32', shape, values);
const numbers = (tensor: RawTensor) => tensorValues(tensor).map(Number);
const patches = fp32([5, 2], [0.5, -1, 0.25, 8, 0.75, 0, 0.125, 2, 1, 1]);

describe('aggregateRows', () => {
  it.each<[AggregateRowsStepSpec['statistic'], number[]]>([
    ['mean', [0.525, 2]],
    ['max', [1, 8]],
    ['median', [0.5, 1]],
    [{ quantile: 0 }, [0.125, -1]],
    [{ quantile: 0.25 }, [0.25, 0]],
    [{ quantile: 0.5 }, [0.5, 1]],
    // h = 4 * 0.9 = 3.6: 0.75 + 0.6 * 0.25, and 2 + 0.6 * 6.
    [{ quantile: 0.9 }, [0.9, 5.6]],
    [{ quantile: 1 }, [1, 8]],
  ])('gives the %j of each column', (statistic, expected) => {
    const row = aggregateRows(patches, statistic);
    expect(row).toMatchObject({ dataType: 'FP32', shape: [1, 2] });
    expect(numbers(row)).toEqual(expected.map(Math.fround));
  });

  it('gives the mean of the two middle rows where their number is even', () => {
    expect(numbers(aggregateRows(fp32([4], [4, 1, 3, 10]), 'median'))).toEqual([3.5]);
  });

  it.each<AggregateRowsStepSpec['statistic']>(['mean', 'max', 'median', { quantile: 0.3 }])(
    'gives a lone row as it is: %j',
    (statistic) => {
      expect(numbers(aggregateRows(fp32([1, 3], [0.1, -2, 3]), statistic))).toEqual([0.1, -2, 3].map(Math.fround));
    },
  );

  it('keeps the other axes', () => {
    expect(aggregateRows(fp32([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), 'mean')).toEqual(fp32([1, 2, 2], [3, 4, 5, 6]));
  });

  it('sums in FP64, so that many small rows are not lost beside a large one', () => {
    const count = 10_000;
    const values = [2 ** 24, ...Array.from({ length: count - 1 }, () => 1)];
    expect(numbers(aggregateRows(fp32([count, 1], values), 'mean'))).toEqual([
      Math.fround((2 ** 24 + count - 1) / count),
    ]);
  });

  it('leaves the tensor as it was', () => {
    const before = numbers(patches);
    aggregateRows(patches, 'median');
    expect(numbers(patches)).toEqual(before);
  });

  it('gives what a count of the values below gives, for any rows and quantile', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const rows = 1 + Math.floor(random() * 9);
      const quantile = random();
      const values = seededValues(rows, seed, 100);
      const sorted = [...values].sort((a, b) => a - b);
      const place = (rows - 1) * quantile;
      // Weights of neighbours instead of a slope: another formula for the same line.
      const expected = sorted.reduce((sum, value, i) => sum + value * Math.max(0, 1 - Math.abs(place - i)), 0);
      const [got] = numbers(aggregateRows(fp32([rows, 1], values), { quantile }));
      expect(got).toBeCloseTo(expected, 4);
      const [middle] = numbers(aggregateRows(fp32([rows, 1], values), 'median'));
      expect(values.filter((value) => value <= (middle as number) + 1e-6).length).toBeGreaterThanOrEqual(rows / 2);
      expect(values.filter((value) => value >= (middle as number) - 1e-6).length).toBeGreaterThanOrEqual(rows / 2);
      expect(numbers(aggregateRows(fp32([rows, 1], values), 'max'))).toEqual([Math.max(...values)]);
    }
  });
});
