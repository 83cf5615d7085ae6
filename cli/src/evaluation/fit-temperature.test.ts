import { type ClassifiedSample, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { fitTemperature } from './fit-temperature.js';

const softmax = (logits: readonly number[], temperature: number) => {
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

/** Truths drawn from softmax(z), and a model that says softmax(factor * z / temperature). */
function overconfident(count: number, classes: number, factor: number, temperature = 1): ClassifiedSample[] {
  const random = seededRandom(11);
  return Array.from({ length: count }, (_, index) => {
    const logits = Array.from({ length: classes }, () => (random() - 0.5) * 6);
    let draw = random();
    const honest = softmax(logits, 1);
    const truth = honest.findIndex((p) => {
      draw -= p;
      return draw < 0;
    });
    return {
      index,
      location: '',
      truth: [truth < 0 ? classes - 1 : truth],
      probabilities: softmax(
        logits.map((logit) => factor * logit),
        temperature,
      ),
      decision: [],
      abstained: false,
    };
  });
}

describe('a fitted temperature', () => {
  it.each([
    ['binary', 2],
    ['multiclass', 4],
  ] as const)('finds by how much a model is too sure: %s', (mode, classes) => {
    const fitted = fitTemperature(overconfident(20_000, classes, 2.5), mode, 1);
    expect(fitted.temperature).toBeGreaterThan(2.4);
    expect(fitted.temperature).toBeLessThan(2.6);
    expect(fitted.eceBefore).toBeGreaterThan(0.08);
    expect(fitted.eceAfter).toBeLessThan(0.02);
    expect(fitted.nllAfter).toBeLessThan(fitted.nllBefore);
    expect(fitted).toMatchObject({ samples: 20_000, saturated: 0 });
  });

  it('is the whole one, whatever the probabilities have gone through already', () => {
    const plain = fitTemperature(overconfident(2000, 3, 2), 'multiclass', 1);
    const applied = fitTemperature(overconfident(2000, 3, 2, 1.5), 'multiclass', 1.5);
    expect(applied.temperature).toBeCloseTo(plain.temperature, 4);
    expect(applied.eceBefore).toBeCloseTo(plain.eceBefore, 6);
  });

  it('takes each label of several as a choice of its own', () => {
    const samples = overconfident(10_000, 2, 3).map((sample): ClassifiedSample => {
      const positive = sample.probabilities[1] as number;
      const isPositive = sample.truth[0] === 1;
      return { ...sample, probabilities: [positive, 1 - positive], truth: isPositive ? [0] : [1] };
    });
    const { temperature } = fitTemperature(samples, 'multilabel', 1);
    expect(temperature).toBeGreaterThan(2.8);
    expect(temperature).toBeLessThan(3.2);
  });

  it('is at a minimum of the likelihood', () => {
    const samples = overconfident(500, 3, 2);
    const { temperature, nllAfter } = fitTemperature(samples, 'multiclass', 1);
    const nllAt = (t: number) =>
      samples.reduce((sum, { probabilities, truth }) => {
        const p = softmax(probabilities.map(Math.log), t)[truth[0] as number] as number;
        return sum - Math.log(p) / samples.length;
      }, 0);
    expect(nllAt(temperature)).toBeCloseTo(nllAfter, 9);
    for (const factor of [0.95, 1.05]) expect(nllAt(temperature * factor)).toBeGreaterThan(nllAfter);
  });

  it('is refused where none is best', () => {
    const right = (p: number): ClassifiedSample => ({
      ...{ index: 0, location: '', truth: [1], decision: [], abstained: false },
      probabilities: [1 - p, p],
    });
    for (const samples of [[], [right(0.9), right(0.8)], [right(0.1)], [right(0.5)]]) {
      expect(() => fitTemperature(samples, 'binary', 1)).toThrow('cannot be fitted');
    }
  });
});
