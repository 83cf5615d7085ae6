import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { classificationAgreement, regressionAgreement } from './agreement.js';

const random = seededRandom(3);
const NOISE = Array.from({ length: 2000 }, () => random());
const noise = (i: number) => NOISE[i] as number;
const COUNT = 80;
const truth = Array.from({ length: COUNT }, (_, i) => Number(noise(i) > 0.5));
const scores = (weight: number) =>
  truth.map((one, i) => {
    const score = 0.5 + weight * (one - 0.5) + (1 - Math.abs(weight)) * (noise(i + 1000) - 0.5);
    return [1 - score, score];
  });
const judged = (weight: number) => classificationAgreement(scores(weight), truth, ['no', 'yes'], 0.5, 0);

describe('agreement of a classifier with the labels', () => {
  it('is seen where there is one, and told with an interval', () => {
    const { verdict, metrics, sampleCount } = judged(0.5);
    expect({ verdict, sampleCount }).toEqual({ verdict: 'agrees', sampleCount: COUNT });
    expect(Object.keys(metrics)).toEqual(['accuracy', 'auc', 'sensitivity', 'specificity']);
    expect(metrics.auc?.low).toBeGreaterThan(0.5);
  });

  it('is not seen in noise', () => {
    expect(judged(0).verdict).toBe('no better than chance');
  });

  it('is turned round where the classes are', () => {
    expect(judged(-0.5).verdict).toBe('says the opposite');
  });

  it('gives the threshold that parts the samples best', () => {
    const parted = [0.1, 0.2, 0.3, 0.7, 0.8].map((score) => [1 - score, score]);
    const { youdenThreshold } = classificationAgreement(parted, [0, 0, 0, 1, 1], ['no', 'yes'], 0.5, 0);
    expect(youdenThreshold).toBe(0.7);
  });

  it('of several classes is over all of them', () => {
    const labels = ['a', 'b', 'c'];
    const three = Array.from({ length: 60 }, (_, i) => i % 3);
    const rows = three.map((label) => labels.map((_, k) => (k === label ? 0.8 : 0.1)));
    const { verdict, metrics } = classificationAgreement(rows, three, labels, 0.5, 0);
    expect(verdict).toBe('agrees');
    expect(metrics.accuracy?.value).toBe(1);
  });
});

describe('agreement of numbers', () => {
  const values = Array.from({ length: 50 }, (_, i) => 100 * noise(i));

  it('is seen where they follow the samples', () => {
    const { verdict, metrics } = regressionAgreement(
      values.map((value, i) => value + 5 * (noise(i + 99) - 0.5)),
      values,
      0,
    );
    expect(verdict).toBe('agrees');
    expect(metrics.explained_variance?.value).toBeGreaterThan(0.9);
  });

  it('is not seen where the mean of the samples does better', () => {
    expect(
      regressionAgreement(
        values.map((value) => value / 1000),
        values,
        0,
      ).verdict,
    ).toBe('no better than chance');
  });
});
