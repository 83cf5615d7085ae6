import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { chooseReading, logLoss, ordersOf, toProbabilities } from './score-candidates.js';

const random = seededRandom(3);
const NOISE = Array.from({ length: 2000 }, () => random());
const noise = (i: number) => NOISE[i] as number;
const losses = (mean: number, spread: number, seed = 0) =>
  Array.from({ length: 100 }, (_, i) => mean + spread * (noise(i + seed) - 0.5));
const reading = (name: string, values: readonly number[]) => ({ settings: { name }, losses: values });
const names = (readings: readonly { readonly settings: Readonly<Record<string, string>> }[]) =>
  readings.map(({ settings }) => settings.name);

describe('the choice between readings', () => {
  it('is clear where one is better on the same samples, however much they differ among themselves', () => {
    const good = losses(0.5, 2);
    const choice = chooseReading([
      reading(
        'bad',
        good.map((loss) => loss + 0.2),
      ),
      reading('good', good),
    ]);
    expect(names(choice.plausible)).toEqual(['good']);
  });

  it('is left open between readings that the samples do not tell apart', () => {
    const choice = chooseReading([
      reading('a', losses(0.5, 2)),
      reading('b', losses(0.52, 2, 500)),
      reading('c', losses(3, 1)),
    ]);
    expect(names(choice.plausible).sort()).toEqual(['a', 'b']);
  });

  it('is left open between readings that are the same, and for a gain that is a hair', () => {
    const same = losses(0.5, 1);
    expect(chooseReading([reading('a', same), reading('b', same)]).plausible).toHaveLength(2);
    expect(
      chooseReading([
        reading('a', same),
        reading(
          'b',
          same.map((loss) => loss + 0.01),
        ),
      ]).plausible,
    ).toHaveLength(2);
  });
});

describe('probabilities', () => {
  it('come from one number, from logits and as they are', () => {
    expect(toProbabilities([0.25], 'probabilities')).toEqual([0.75, 0.25]);
    expect(toProbabilities([0], 'logits')).toEqual([0.5, 0.5]);
    expect(toProbabilities([1, 1, 1], 'logits')).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(toProbabilities([0.1, 0.9], 'probabilities')).toEqual([0.1, 0.9]);
  });

  it('of 0 for the truth cost a finite loss', () => {
    expect(logLoss([1, 0], 1)).toBeCloseTo(13.8, 1);
    expect(logLoss([0.5, 0.5], 1)).toBeCloseTo(Math.LN2, 12);
  });
});

it('orders of a list are all of them, each once', () => {
  expect(new Set(ordersOf(['a', 'b', 'c']).map(String)).size).toBe(6);
});
