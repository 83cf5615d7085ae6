import { type DataTypeName, tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { compareAnswers } from './compare-answers.js';

const classified = (decision: string, ...probabilities: number[]) => ({
  findings: [
    {
      name: 'disease',
      classification: {
        decision: decision === '' ? [] : [decision],
        abstained: decision === '',
        classes: probabilities.map((probability, index) => ({ label: `class ${index}`, probability })),
      },
    },
  ],
});
const measured = (...values: number[]) => ({
  findings: [
    { name: 'size', regression: { values: values.map((value, i) => ({ label: `${i}`, value, unit: 'mm' })) } },
  ],
});
const tensor = (values: number[], dataType: DataTypeName = 'FP32', name = 'y') => ({
  tensors: [
    { name, ...tensorFromValues(dataType, [values.length], dataType === 'INT64' ? values.map(BigInt) : values) },
  ],
});
const near = 1 + 2 ** -20;

describe('two answers', () => {
  it.each([
    ['the same', classified('ill', 0.75, 0.25), classified('ill', 0.75, 0.25), true, true, 0],
    ['rounded', classified('ill', 0.75, 0.25), classified('ill', 0.75 * near, 0.25), true, true, 0.75 * 2 ** -20],
    ['apart, decided alike', classified('ill', 0.75, 0.25), classified('ill', 0.5, 0.5), true, false, 0.25],
    ['decided otherwise', classified('ill', 0.5, 0.5), classified('well', 0.5, 0.5), false, false, 0],
    ['one abstained', classified('ill', 0.5, 0.5), classified('', 0.5, 0.5), false, false, 0],
    ['measured alike', measured(1000), measured(1000 * near), true, true, 1000 * 2 ** -20],
    ['measured apart', measured(10, 20), measured(10, 24), true, false, 4],
    ['of a missing value', measured(10, 20), measured(10), true, false, 0],
    ['of tensors', tensor([1, 2]), tensor([1, 5]), true, false, 3],
    ['of whole numbers', tensor([1, 2], 'INT64'), tensor([1, 3], 'INT64'), true, false, 1],
    ['of other shapes', tensor([1, 2]), tensor([1]), true, false, 0],
    ['of other outputs', tensor([1]), tensor([1], 'FP32', 'z'), true, false, 0],
    ['of NaN', tensor([Number.NaN]), tensor([1]), true, false, 0],
  ])('that are %s', (_what, answer, shadow, sameDecisions, sameValues, difference) => {
    const compared = compareAnswers(answer as never, shadow as never);
    expect([compared.hasSameDecisions, compared.hasSameValues]).toEqual([sameDecisions, sameValues]);
    expect(compared.largestDifference).toBeCloseTo(difference, 12);
  });
});
