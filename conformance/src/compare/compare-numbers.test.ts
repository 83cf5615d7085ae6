import { tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { Value } from '../oracle/value.js';
import { compareNumbers, FACTORS, type NumericClass } from './compare-numbers.js';

const value = (elements: number[], scales = elements.map(Math.abs), dataType: Value['dataType'] = 'FP32'): Value => ({
  dataType,
  shape: [elements.length],
  elements,
  scales,
});
const tensor = (elements: number[], dataType: Value['dataType'] = 'FP32') =>
  tensorFromValues(dataType, [elements.length], elements);
const EPSILON = 2 ** -23;

describe('compareNumbers', () => {
  const classes = Object.entries(FACTORS) as [Exclude<NumericClass, 'exact'>, (typeof FACTORS)['matmul']][];

  it.each(classes)('takes a tenth of the error that %s may have, and refuses ten times as much', (name, factors) => {
    for (const profile of ['strict', 'standard'] as const) {
      // A value that cancelled: 1 out of terms of 1000.
      const golden = value([1, 2], [1000, 1000]);
      const allowed = factors[profile] * EPSILON * 1000;
      const off = (times: number) => compareNumbers(tensor([1, 2 + times * allowed]), golden, name, profile);
      expect(off(0.1).pass).toBe(true);
      expect(off(10).pass).toBe(false);
    }
  });

  it('lets a runtime that claims less than the tensors hold be as inexact as half precision, and no more', () => {
    const golden = value([1]);
    const near = tensor([1 + 4 * 2 ** -10]);
    expect(compareNumbers(near, golden, 'matmul', 'standard').pass).toBe(false);
    expect(compareNumbers(near, golden, 'matmul', 'reduced').pass).toBe(true);
    expect(compareNumbers(tensor([1 + 80 * 2 ** -10]), golden, 'matmul', 'reduced').pass).toBe(false);
  });

  it('tells zeros of both signs apart where values are only moved, and takes any NaN for NaN', () => {
    expect(compareNumbers(tensor([-0]), value([-0]), 'exact', 'standard').pass).toBe(true);
    expect(compareNumbers(tensor([0]), value([-0]), 'exact', 'standard').pass).toBe(false);
    expect(compareNumbers(tensor([Number.NaN]), value([Number.NaN]), 'exact', 'standard').pass).toBe(true);
    expect(compareNumbers(tensor([0]), value([Number.NaN]), 'exact', 'standard').pass).toBe(false);
  });

  it('refuses an infinity for a large number, and a large number for an infinity', () => {
    const infinite = Number.POSITIVE_INFINITY;
    expect(compareNumbers(tensor([infinite]), value([3e38]), 'network', 'standard').pass).toBe(false);
    expect(compareNumbers(tensor([3e38]), value([infinite]), 'network', 'standard').pass).toBe(false);
    expect(compareNumbers(tensor([-infinite]), value([infinite]), 'network', 'standard').pass).toBe(false);
    expect(compareNumbers(tensor([infinite]), value([infinite]), 'network', 'standard').pass).toBe(true);
  });

  it('looks at type and shape before any value', () => {
    expect(compareNumbers(tensor([1], 'FP64'), value([1]), 'matmul', 'standard').message).toMatch(/type is FP64/);
    const flat = compareNumbers(tensor([1, 2]), { ...value([1, 2]), shape: [1, 2] }, 'matmul', 'standard');
    expect(flat).toMatchObject({ pass: false, message: expect.stringMatching(/shape is \[2\], not \[1,2\]/) });
  });

  it('refuses bytes that are no tensor of the shape', () => {
    const cut = { ...tensor([1, 2]), data: Buffer.alloc(7) };
    expect(compareNumbers(cut, value([1, 2]), 'exact', 'standard').pass).toBe(false);
  });
});
