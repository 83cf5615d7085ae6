import type { DistributionLimit, InputSpec, RawTensor } from '@deephealth/sdk';
import { tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { outsideDistribution } from './outside-distribution.js';

const inputOf = (layout: 'CHW' | 'HWC', ...limits: DistributionLimit[]) =>
  ({
    kind: 'image',
    name: 'photo',
    steps: [{ op: 'image_to_tensor', layout }],
    distribution: { onOutside: 'warn', source: 'a test', limits },
  }) as unknown as InputSpec;
const isOutside = (input: InputSpec, tensor: RawTensor) => outsideDistribution(input, tensor) !== undefined;
const fp32 = (shape: number[], values: number[]) => tensorFromValues('FP32', shape, values);

// Channels 1 2 3 6 (mean 3, population deviation sqrt(3.5)) and 0 0 5 5 (mean 2.5, deviation 2.5).
const planar = fp32([1, 2, 2, 2], [1, 2, 3, 6, 0, 0, 5, 5]);
const interleaved = fp32([1, 2, 2, 2], [1, 0, 2, 0, 3, 5, 6, 5]);

describe('limits of what prepared inputs look like', () => {
  it.each([
    ['CHW', planar],
    ['HWC', interleaved],
  ] as const)('hold each channel by itself: %s', (layout, tensor) => {
    const of = (...limits: DistributionLimit[]) => isOutside(inputOf(layout, ...limits), tensor);
    expect(of({ statistic: 'mean', range: [2.5, 3] })).toBe(false);
    expect(of({ statistic: 'mean', range: [2.6, 3] })).toBe(true);
    expect(of({ statistic: 'mean', channel: 0, range: [2.6, 3] })).toBe(false);
    expect(of({ statistic: 'std', channel: 0, range: [1.8708, 1.8709] })).toBe(false);
    expect(of({ statistic: 'std', channel: 1, range: [2.5, 2.5] })).toBe(false);
    // Half of four values are extreme in the first channel, all in the second.
    expect(of({ statistic: 'saturated', channel: 0, range: [0.5, 0.5] })).toBe(false);
    expect(of({ statistic: 'saturated', channel: 1, range: [1, 1] })).toBe(false);
    // 1 2 3 6 repeats nothing; of 0 0 5 5, two of three repeat.
    expect(of({ statistic: 'flat', channel: 0, range: [0, 0] })).toBe(false);
    expect(of({ statistic: 'flat', channel: 1, range: [0.66, 0.67] })).toBe(false);
    expect(of({ statistic: 'flat', range: [0, 0.5] })).toBe(true);
  });

  it('hold every row by itself: the mean of two wrong ones may be right', () => {
    const input = { ...inputOf('CHW', { statistic: 'mean', range: [-1, 1] }), kind: 'tensor' } as InputSpec;
    expect(isOutside(input, fp32([2, 2], [1, 1, -1, -1]))).toBe(false);
    expect(isOutside(input, fp32([2, 2], [5, 5, -5, -5]))).toBe(true);
    expect(isOutside(input, fp32([2, 2], [0, 0, 5, 5]))).toBe(true);
  });

  it('say of a constant input that it is saturated and flat', () => {
    const constant = fp32([1, 1, 2, 2], [3, 3, 3, 3]);
    expect(isOutside(inputOf('CHW', { statistic: 'saturated', range: [1, 1] }), constant)).toBe(false);
    expect(isOutside(inputOf('CHW', { statistic: 'flat', range: [1, 1] }), constant)).toBe(false);
  });

  it('are missed by NaN', () => {
    const broken = fp32([1, 1, 1, 2], [Number.NaN, 1]);
    expect(isOutside(inputOf('CHW', { statistic: 'mean', range: [-1e9, 1e9] }), broken)).toBe(true);
  });

  it('name limits of the manifest and no value of the input', () => {
    const outside = outsideDistribution(inputOf('CHW', { statistic: 'mean', channel: 1, range: [7, 8] }), planar);
    expect(outside?.warning.message).toContain('mean of channel 1 not in 7 to 8');
    expect(outside?.warning.message).not.toContain('2.5');
  });
});
