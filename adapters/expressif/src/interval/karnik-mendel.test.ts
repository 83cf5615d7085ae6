import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { karnikMendel, nieTan } from './karnik-mendel.js';

type Case = { readonly values: number[]; readonly lower: number[]; readonly upper: number[] };

function randomCase(random: () => number, most: number): Case {
  const count = 1 + Math.floor(random() * most);
  const values = Array.from({ length: count }, () => Math.round(random() * 40) / 4 - 5);
  const ends = values.map(() => {
    const [a, b] = [random(), random()].map((degree) => (degree < 0.15 ? 0 : degree)) as [number, number];
    return [Math.min(a, b), Math.max(a, b)] as const;
  });
  return { values, lower: ends.map(([low]) => low), upper: ends.map(([, high]) => high) };
}

const mean = (values: readonly number[], weights: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / weights.reduce((sum, w) => sum + w, 0);

/** Every choice of an end for each weight: knows nothing of sorted values and switches. */
function everyChoice({ values, lower, upper }: Case): number[] {
  return Array.from({ length: 2 ** values.length }, (_, choice) =>
    mean(
      values,
      values.map((_, i) => ((choice >> i) & 1 ? upper[i] : lower[i]) as number),
    ),
  ).filter(Number.isFinite);
}

/** Every switch point, each mean computed anew. */
function everySwitch({ values, lower, upper }: Case): [number, number] {
  const sorted = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const at = (from: readonly number[], to: readonly number[]) =>
    [...sorted, -1]
      .map((_, place) =>
        mean(
          sorted.map((i) => values[i] as number),
          sorted.map((i, k) => (k < place ? from : to)[i] as number),
        ),
      )
      .filter(Number.isFinite);
  return [Math.min(...at(upper, lower)), Math.max(...at(lower, upper))];
}

describe('karnikMendel', () => {
  it('gives the least and the greatest mean of all choices of weights (300 random cases)', () => {
    const random = seededRandom(1);
    let compared = 0;
    for (let k = 0; k < 300; k += 1) {
      const one = randomCase(random, 9);
      const means = everyChoice(one);
      const ends = karnikMendel(one.values, one.lower, one.upper);
      if (means.length === 0) {
        expect(ends).toBeUndefined();
        continue;
      }
      compared += 1;
      expect(Math.abs((ends?.[0] as number) - Math.min(...means))).toBeLessThanOrEqual(1e-12);
      expect(Math.abs((ends?.[1] as number) - Math.max(...means))).toBeLessThanOrEqual(1e-12);
    }
    expect(compared).toBeGreaterThan(250);
  });

  it('agrees with a search over the switch points of up to 80 values (200 random cases)', () => {
    const random = seededRandom(2);
    for (let k = 0; k < 200; k += 1) {
      const one = randomCase(random, 80);
      const [left, right] = everySwitch(one);
      const ends = karnikMendel(one.values, one.lower, one.upper);
      if (!Number.isFinite(left)) continue;
      expect(Math.abs((ends?.[0] as number) - left)).toBeLessThanOrEqual(1e-12);
      expect(Math.abs((ends?.[1] as number) - right)).toBeLessThanOrEqual(1e-12);
      const middle = nieTan(one.values, one.lower, one.upper) as number;
      expect(middle).toBeGreaterThanOrEqual(left - 1e-12);
      expect(middle).toBeLessThanOrEqual(right + 1e-12);
    }
  });

  it('is the weighted mean where the weights are known, and a point each where nothing is', () => {
    expect(karnikMendel([3, 1], [0.5, 0.25], [0.5, 0.25])).toEqual([1.75 / 0.75, 1.75 / 0.75]);
    expect(nieTan([3, 1], [0.5, 0.25], [0.5, 0.25])).toBe(1.75 / 0.75);
    expect(karnikMendel([3, 1, 2], [0, 0, 0], [1, 1, 0])).toEqual([1, 3]);
  });

  it('has no value where no weight can be more than 0', () => {
    expect(karnikMendel([1, 2], [0, 0], [0, 0])).toBeUndefined();
    expect(nieTan([1, 2], [0, 0], [0, 0])).toBeUndefined();
    expect(karnikMendel([], [], [])).toBeUndefined();
  });
});
