import { type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { vote } from './vote.js';

const fp32 = (shape: readonly number[], values: readonly number[]) => tensorFromValues('FP32', shape, values);
const numbers = (tensor: RawTensor) => tensorValues(tensor).map(Number);

describe('vote', () => {
  it('gives each class its share of the votes, row by row', () => {
    const result = vote([
      fp32([2, 3], [0.2, 0.7, 0.1, 0.9, 0.1, 0]),
      fp32([2, 3], [0.1, 0.5, 0.4, 0.3, 0.3, 0.4]),
      fp32([2, 3], [0.6, 0.3, 0.1, 0.2, 0.2, 0.6]),
      fp32([2, 3], [0, 1, 0, 0.4, 0.5, 0.1]),
    ]);
    expect(result).toMatchObject({ dataType: 'FP32', shape: [2, 3] });
    expect(numbers(result)).toEqual([0.25, 0.75, 0, 0.25, 0.25, 0.5]);
  });

  it('shows a tie between voters as equal shares', () => {
    expect(numbers(vote([fp32([1, 2], [1, 0]), fp32([1, 2], [0, 1])]))).toEqual([0.5, 0.5]);
  });

  it('splits the vote of a model that cannot decide', () => {
    const shares = numbers(vote([fp32([3], [0.4, 0.4, 0.2]), fp32([3], [0.1, 0.2, 0.7])]));
    expect(shares).toEqual([0.25, 0.25, 0.5]);
    expect(numbers(vote([fp32([3], [0, 0, 0]), fp32([3], [-1, -1, -1])]))).toEqual(
      [1, 1, 1].map((n) => Math.fround(n / 3)),
    );
  });

  it('takes 0 and -0 for equal', () => {
    expect(numbers(vote([fp32([2], [0, -0]), fp32([2], [-0, 0])]))).toEqual([0.5, 0.5]);
  });

  it('counts as a person would, and does not care who votes first', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const [voters, rows, classes] = [2, 1, 2].map((least) => least + Math.floor(random() * 5)) as [
        number,
        number,
        number,
      ];
      // Few levels, so that ties are common.
      const members = Array.from({ length: voters }, () =>
        Array.from({ length: rows * classes }, () => Math.floor(random() * 3) / 4),
      );
      const expected = Array.from({ length: rows * classes }, (_, index) => {
        const row = index - (index % classes);
        const parts = members.map((values) => {
          const own = values.slice(row, row + classes);
          const best = Math.max(...own);
          return own[index - row] === best ? 1 / own.filter((value) => value === best).length : 0;
        });
        return parts.reduce((sum, part) => sum + part, 0) / voters;
      });
      const tensors = members.map((values) => fp32([rows, classes], values));
      const shares = vote(tensors);
      numbers(shares).forEach((share, index) => {
        expect(share).toBeCloseTo(expected[index] as number, 6);
      });
      expect(vote([...tensors].reverse())).toEqual(shares);
    }
  });
});
