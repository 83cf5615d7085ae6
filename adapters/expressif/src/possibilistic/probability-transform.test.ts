import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { necessityOf, type PossibilityDistribution, possibilityOf } from './possibility-distribution.js';
import { type ProbabilityTransform, toPossibility } from './probability-transform.js';

const TRANSFORMS = ['antipignistic', 'minimum-specificity'] as const;

function softmax(random: () => number): Record<string, number> {
  const count = 2 + Math.floor(random() * 6);
  const raw = Array.from({ length: count }, () => Math.exp(6 * random()));
  const sum = raw.reduce((total, one) => total + one, 0);
  // As a network gives them: each rounded to single precision, so that they sum to 1 only nearly.
  return Object.fromEntries(raw.map((one, i) => [`v${i}`, Math.fround(one / sum)]));
}

function transformed(given: Record<string, number>, transform: ProbabilityTransform): PossibilityDistribution {
  const result = toPossibility(Object.keys(given), given, transform);
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

const refused = (given: unknown, transform: ProbabilityTransform = 'antipignistic') =>
  toPossibility(['a', 'b'], given as Record<string, number>, transform);

describe('toPossibility', () => {
  it('follows both formulas, which differ', () => {
    const given = { a: 0.5, b: 0.3125, c: 0.125, d: 0.0625 };
    expect([...transformed(given, 'antipignistic').values()]).toEqual([1, 0.8125, 0.4375, 0.25]);
    expect([...transformed(given, 'minimum-specificity').values()]).toEqual([1, 0.5, 0.1875, 0.0625]);
  });

  it('counts values that are equally probable for each other', () => {
    expect([...transformed({ a: 0.25, b: 0.25, c: 0.5 }, 'minimum-specificity').values()]).toEqual([0.5, 0.5, 1]);
    expect([...transformed({ a: 0.25, b: 0.25, c: 0.5 }, 'antipignistic').values()]).toEqual([0.75, 0.75, 1]);
  });

  it.each(TRANSFORMS)(
    '%s: keeps the order, makes the likeliest value possible, and covers every event',
    (transform) => {
      const random = seededRandom(6);
      for (let k = 0; k < 300; k += 1) {
        const given = softmax(random);
        const values = Object.keys(given);
        const sum = Object.values(given).reduce((total, p) => total + p, 0);
        const distribution = transformed(given, transform);
        expect(Math.max(...distribution.values())).toBe(1);
        for (const a of values) {
          for (const b of values) {
            if ((given[a] as number) < (given[b] as number)) {
              expect(distribution.get(a) as number).toBeLessThan(distribution.get(b) as number);
            }
          }
        }
        const event = values.filter(() => random() < 0.5);
        const probability = event.reduce((total, value) => total + (given[value] as number) / sum, 0);
        expect(possibilityOf(distribution, event)).toBeGreaterThanOrEqual(probability - 1e-12);
        expect(necessityOf(distribution, event)).toBeLessThanOrEqual(probability + 1e-12);
      }
    },
  );

  it('gives back the probabilities from the antipignistic transform: their pignistic mean over levels', () => {
    const random = seededRandom(7);
    for (let k = 0; k < 100; k += 1) {
      const given = softmax(random);
      const sum = Object.values(given).reduce((total, p) => total + p, 0);
      const sorted = [...transformed(given, 'antipignistic')].sort(([, a], [, b]) => b - a);
      let back = 0;
      for (let i = sorted.length - 1; i >= 0; i -= 1) {
        const [value, degree] = sorted[i] as [string, number];
        back += (degree - (sorted[i + 1]?.[1] ?? 0)) / (i + 1);
        expect(back).toBeCloseTo((given[value] as number) / sum, 12);
      }
    }
  });

  it.each([
    [undefined, { reason: 'missing' }],
    [null, { reason: 'missing' }],
    [{ a: 1 }, { reason: 'missing', value: 'b' }],
    [
      { a: 0.5, b: Number.NaN },
      { reason: 'not-a-number', value: 'b' },
    ],
    [
      { a: 0.5, b: '0.5' },
      { reason: 'not-a-number', value: 'b' },
    ],
    [
      { a: 1.25, b: -0.25 },
      { reason: 'out-of-range', value: 'b' },
    ],
    [
      { a: Number.POSITIVE_INFINITY, b: 0 },
      { reason: 'out-of-range', value: 'a' },
    ],
    [
      { a: 0.5, b: 0.5, c: 0 },
      { reason: 'unknown-value', value: 'c' },
    ],
    [{ a: 0.5, b: 0.49 }, { reason: 'not-summing-to-one' }],
    [{ a: 0, b: 0 }, { reason: 'not-summing-to-one' }],
  ])('refuses %o, and says why', (given, fault) => expect(refused(given)).toEqual(fault));

  it('takes another tolerance of the sum, and no value from a prototype', () => {
    const given = { a: 0.5, b: 0.49 };
    expect(toPossibility(['a', 'b'], given, 'antipignistic', { sumTolerance: 0.02 })).toBeInstanceOf(Map);
    expect(toPossibility(['a', 'toString'], { a: 1 }, 'antipignistic')).toEqual({
      reason: 'missing',
      value: 'toString',
    });
  });
});
