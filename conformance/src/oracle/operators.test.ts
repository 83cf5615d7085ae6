import { tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from './operators.js';
import { fromRaw, type Value } from './value.js';

const tensor = (shape: number[], values: number[]): Value => fromRaw(tensorFromValues('FP64', shape, values));
const apply = (op: string, inputs: Value[], attributes = {}) => {
  const operator = OPERATORS[op];
  if (operator === undefined) throw new Error(op);
  return operator(inputs, attributes);
};
const elements = (value: Value) => value.elements as number[];

// Against closed forms, not against another engine.
describe('the oracle', () => {
  it('multiplies matrices, with the sum of the terms as scale', () => {
    const product = apply('MatMul', [tensor([2, 2], [1, -1, 3, 4]), tensor([2, 2], [5, 6, 7, 8])]);
    expect(product).toMatchObject({ shape: [2, 2], elements: [-2, -2, 43, 50], scales: [12, 14, 43, 50] });
  });

  it('gives equal shares of equal numbers, and keeps ratios of e', () => {
    expect(elements(apply('Softmax', [tensor([1, 4], [7, 7, 7, 7])]))).toEqual([0.25, 0.25, 0.25, 0.25]);
    const [low, high] = elements(apply('Softmax', [tensor([1, 2], [1000, 1001])])) as [number, number];
    expect(high / low).toBeCloseTo(Math.E, 12);
    expect(low + high).toBeCloseTo(1, 14);
  });

  it('takes the softmax over the axis that it is told', () => {
    const both = tensor([2, 2], [0, 0, 0, Math.log(3)]);
    expect(elements(apply('Softmax', [both], { axis: 0 }))).toEqual([
      0.5,
      expect.closeTo(0.25),
      0.5,
      expect.closeTo(0.75),
    ]);
    expect(elements(apply('Softmax', [both], { axis: 1 }))).toEqual([
      0.5,
      0.5,
      expect.closeTo(0.25),
      expect.closeTo(0.75),
    ]);
  });

  it('knows a point of each curve', () => {
    expect(elements(apply('Sigmoid', [tensor([2], [0, Math.log(3)])]))).toEqual([0.5, expect.closeTo(0.75, 14)]);
    expect(elements(apply('Tanh', [tensor([1], [Math.log(3)])]))).toEqual([expect.closeTo(0.8, 14)]);
    expect(elements(apply('Relu', [tensor([3], [-2, 0, 2])]))).toEqual([0, 0, 2]);
  });

  it('sums the last axis', () => {
    expect(apply('ReduceSum', [tensor([2, 3], [1, 2, 3, -1, -2, 3])])).toMatchObject({
      shape: [2, 1],
      elements: [6, 0],
      scales: [6, 6],
    });
  });

  it('convolves without turning the kernel round', () => {
    const picture = tensor([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
    const kernel = tensor([1, 1, 1, 2], [1, 10]);
    expect(apply('Conv', [picture, kernel])).toMatchObject({ shape: [1, 1, 2, 2], elements: [21, 32, 54, 65] });
  });

  it('spreads a row over all rows', () => {
    const sum = apply('Add', [tensor([2, 2], [1, 2, 3, 4]), tensor([2], [10, 20])]);
    expect(sum).toMatchObject({ shape: [2, 2], elements: [11, 22, 13, 24] });
  });

  it('moves elements with their scales', () => {
    const turned = apply('Transpose', [tensor([2, 3], [1, 2, 3, 4, 5, 6])], { perm: [1, 0] });
    expect(turned).toMatchObject({ shape: [3, 2], elements: [1, 4, 2, 5, 3, 6] });
    const joined = apply('Concat', [tensor([2, 1], [1, 2]), tensor([2, 2], [3, 4, 5, 6])], { axis: 1 });
    expect(joined).toMatchObject({ shape: [2, 3], elements: [1, 3, 4, 2, 5, 6] });
  });

  it('names the first of the largest', () => {
    expect(apply('ArgMax', [tensor([2, 3], [1, 5, 5, 9, 0, 9])])).toMatchObject({
      dataType: 'INT64',
      elements: [1n, 0n],
    });
  });
});
