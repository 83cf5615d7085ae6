import type { MeasuredCase } from '@deephealth/runtime';
import { type DistributionLimit, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { type FitLimitsOptions, fitLimits } from './fit-limits.js';

type Ends = readonly [number, number];

/** Cases of the input "x": of each channel the ends of its mean; the other statistics are 0. */
const casesOf = (cases: readonly (readonly Ends[])[]): MeasuredCase[] =>
  cases.map((channels) => ({
    inputsSha256: '',
    inputs: [
      { input: 'other', channels: [] },
      { input: 'x', channels: channels.map((mean) => ({ mean, std: [0, 0], saturated: [0, 0], flat: [0, 0] })) },
    ],
  }));
const single = (values: readonly number[]) => casesOf(values.map((value) => [[value, value]]));
const fit = (cases: readonly MeasuredCase[], more: Partial<FitLimitsOptions> = {}) =>
  fitLimits(cases, 'x', { quantile: 0, statistics: ['mean'], isByChannel: false, ...more });

describe('limits of cases', () => {
  it('are the lowest and the highest at the quantile 0, whatever the order', () => {
    expect(fit(single([3, 1, 2]))).toEqual([{ statistic: 'mean', range: [1, 3] }]);
  });

  it('leave out at either end as many as the quantile says, and no part of one', () => {
    const cases = single(Array.from({ length: 21 }, (_, i) => i));
    // Of 21 cases 5 % are 1 below the place 1 and 1 above the place 19; 4.9 % are none.
    expect(fit(cases, { quantile: 0.05 })[0]?.range).toEqual([1, 19]);
    expect(fit(cases, { quantile: 0.049 })[0]?.range).toEqual([0, 20]);
    expect(fit(cases, { quantile: 0.25 })[0]?.range).toEqual([5, 15]);
  });

  it('take the ends of each case apart: a long recording is one case, whose lowest window counts below', () => {
    const cases = casesOf([[[0, 10]], [[4, 6]], [[5, 5]]]);
    expect(fit(cases)[0]?.range).toEqual([0, 10]);
    // Without the widest case: 4 is the lowest of the others, 6 the highest.
    expect(fit([...cases, ...cases], { quantile: 0.25 })[0]?.range).toEqual([0, 10]);
    expect(fit(casesOf([[[0, 10]], [[4, 6]], [[4, 6]], [[4, 6]], [[5, 5]]]), { quantile: 0.25 })[0]?.range).toEqual([
      4, 6,
    ]);
  });

  it('hold for all channels, or for each', () => {
    const cases = casesOf([
      [
        [0, 1],
        [10, 11],
      ],
      [
        [2, 2],
        [12, 12],
      ],
    ]);
    expect(fit(cases)).toEqual([{ statistic: 'mean', range: [0, 12] }]);
    expect(fit(cases, { isByChannel: true, statistics: ['mean', 'std'] })).toEqual([
      { statistic: 'mean', channel: 0, range: [0, 2] },
      { statistic: 'std', channel: 0, range: [0, 0] },
      { statistic: 'mean', channel: 1, range: [10, 12] },
      { statistic: 'std', channel: 1, range: [0, 0] },
    ]);
  });

  it('are rounded outwards to six digits, and by less than one of the sixth', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 2000; round++) {
      const value = (random() - 0.5) * 10 ** Math.floor(random() * 16 - 8);
      const [
        {
          range: [lowest, highest],
        },
      ] = fit(single([value, value])) as [DistributionLimit];
      expect(lowest).toBeLessThanOrEqual(value);
      expect(highest).toBeGreaterThanOrEqual(value);
      expect(highest - lowest).toBeLessThanOrEqual(2e-5 * Math.abs(value));
      for (const limit of [lowest, highest]) expect(Number(limit.toPrecision(6))).toBe(limit);
    }
  });

  it('are not narrower than rounding where a step has normalised what they are of', () => {
    const normalised = [-3e-9, 2e-9, 1e-10].map((mean, i): MeasuredCase => {
      const shares = { saturated: [0.25, 0.25], flat: [0, 0] } as const;
      const std = 1 - i * 1e-7;
      return {
        inputsSha256: '',
        inputs: [{ input: 'x', channels: [{ mean: [mean, mean], std: [std, std], ...shares }] }],
      };
    });
    const limits = fit(normalised, { statistics: ['mean', 'std', 'saturated', 'flat'] });
    expect(limits).toEqual([
      { statistic: 'mean', range: [expect.closeTo(-1e-4, 7), expect.closeTo(1e-4, 7)] },
      { statistic: 'std', range: [expect.closeTo(0.9999, 5), expect.closeTo(1.0001, 5)] },
      // Shares are counts: what was the same in all of training is no rounding.
      { statistic: 'saturated', range: [0.25, 0.25] },
      { statistic: 'flat', range: [0, 0] },
    ]);
  });

  it('are refused for too few cases, for channels that are not the same, and for more than a manifest holds', () => {
    expect(() => fit(single([1]))).toThrow('1 cases have a result, and at least two are needed');
    const one: Ends = [1, 1];
    expect(() => fit(casesOf([[one], [one, one]]), { isByChannel: true })).toThrow('cases have 1 or 2 channels');
    const many = Array<Ends>(17).fill(one);
    expect(() =>
      fit(casesOf([many, many]), { isByChannel: true, statistics: ['mean', 'std', 'saturated', 'flat'] }),
    ).toThrow('17 channels with 4 statistics');
  });
});
