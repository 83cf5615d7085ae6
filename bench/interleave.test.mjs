import { describe, expect, it } from 'vitest';
import { interleave } from './interleave.mjs';

describe('interleave', () => {
  it('measures each side after the other one, and the subject between baselines', async () => {
    const order = [];
    const side = (name) => async () => {
      order.push(name);
      return { rate: 1 };
    };
    await interleave({ rounds: 2, subject: side('A'), baseline: side('B'), pick: ({ rate }) => rate });
    expect(order.join('')).toBe('BABAB');
  });

  it('compares with the mean of the baselines around the subject, so that a steady drift cancels out', async () => {
    let speed = 100;
    const drifting = async (factor) => {
      speed -= 10;
      return speed * factor;
    };
    const { value, noise } = await interleave({
      rounds: 1,
      subject: () => drifting(0.5),
      baseline: () => drifting(1),
      pick: (rate) => rate,
    });
    expect(value).toBeCloseTo(0.5);
    expect(noise).toBeCloseTo(1 - 70 / 90);
  });

  it('takes the median of the rounds and the largest difference of the baselines', async () => {
    const baselines = [10, 10, 12, 12];
    const subjects = [5, 100, 6];
    const { value, interval, noise, ratios } = await interleave({
      rounds: 3,
      subject: async () => subjects.shift(),
      baseline: async () => baselines.shift(),
      pick: (rate) => rate,
    });
    expect(ratios).toHaveLength(3);
    expect(ratios[0]).toBeCloseTo(0.5);
    expect(value).toBeCloseTo(0.5);
    expect(interval).toEqual([0.5, 100 / 11]);
    expect(noise).toBeCloseTo(0.2);
  });
});
