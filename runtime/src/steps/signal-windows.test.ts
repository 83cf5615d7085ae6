import type { SignalInputSpec, SignalStep, TensorSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { SignalInput } from '../host/model-input.js';
import { checkSteps } from './check-steps.js';
import { resamplingRatio } from './resampling-ratio.js';
import { signalToPrepared } from './signal-steps.js';

const input = (steps: SignalStep[], samples = { minimum: 8, maximum: 400 }): SignalInputSpec => ({
  name: 'eeg',
  kind: 'signal',
  feeds: 'x',
  channels: ['a', 'b'].map((name) => ({ name, unit: 'uV', validRange: [-1e6, 1e6] as const })),
  samplingRateHz: 4,
  samples,
  steps: [{ op: 'select_channels', channels: ['a', 'b'] }, ...steps],
});
const signal = (rows: readonly number[][], samplingRateHz = 4): SignalInput => ({
  kind: 'signal',
  channels: ['a', 'b'],
  samplingRateHz,
  dataType: 'FP32',
  samples: rows[0]?.length ?? 0,
  data: new Uint8Array(Float32Array.from(rows.flat()).buffer),
});
const ramp = (from: number, length = 9) => Array.from({ length }, (_, i) => from + i);
const prepared = (steps: SignalStep[], given = signal([ramp(0), ramp(100)])) => {
  const { shape, data, windows } = signalToPrepared(input(steps), given);
  return { shape, values: [...data], windows };
};
const window = (rows: 'windows' | 'windows_and_channels', lengthS = 1, stepS = 0.75) =>
  ({ op: 'window_signal', lengthS, stepS, rows }) as const;

describe('the steps of a signal', () => {
  it('cut it into windows with all channels, and drop what fills none', () => {
    expect(prepared([window('windows')])).toEqual({
      shape: [2, 2, 4],
      values: [0, 1, 2, 3, 100, 101, 102, 103, 3, 4, 5, 6, 103, 104, 105, 106],
      windows: { windows: 2, rowsPerWindow: 1, lengthS: 1, stepS: 0.75 },
    });
  });

  it('cut it into windows of single channels, and those into frames', () => {
    const { shape, values, windows } = prepared([
      window('windows_and_channels', 1.5, 0.75),
      { op: 'frame_signal', lengthS: 1, stepS: 0.25 },
    ]);
    expect(shape).toEqual([4, 3, 4]);
    expect(windows).toMatchObject({ windows: 2, rowsPerWindow: 2 });
    expect(values.slice(0, 24)).toEqual([
      ...[0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5],
      ...[100, 101, 102, 103, 101, 102, 103, 104, 102, 103, 104, 105],
    ]);
    expect(values.slice(24, 28)).toEqual([3, 4, 5, 6]);
  });

  it('standardise each channel with its own numbers, or all with one pair', () => {
    const rows = signal([ramp(0, 8), ramp(100, 8)]);
    const own = prepared([{ op: 'standardize_channels', mean: [1, 100], std: [2, 4] }], rows);
    expect(own.values).toEqual([...ramp(0, 8).map((v) => (v - 1) / 2), ...ramp(0, 8).map((v) => v / 4)]);
    const one = prepared([{ op: 'standardize_channels', mean: [4], std: [0.5] }], rows);
    expect(one.values).toEqual([...ramp(0, 8), ...ramp(100, 8)].map((v) => (v - 4) * 2));
  });

  it('filter with recorded coefficients: a delay by two samples, and a mean that runs after', () => {
    const rows = signal([ramp(1, 8), ramp(100, 8)]);
    expect(prepared([{ op: 'fir_filter', taps: [0, 0, 1] }], rows).values.slice(0, 8)).toEqual([
      0, 0, 1, 2, 3, 4, 5, 6,
    ]);
    // y[n] = x[n] / 2 + y[n - 1] / 2, worked out by hand.
    const { values } = prepared(
      [{ op: 'iir_filter', sections: [[0.5, 0, 0, 1, -0.5, 0]], direction: 'forward' }],
      rows,
    );
    expect(values.slice(0, 4)).toEqual([0.5, 1.25, 2.125, 3.0625]);
  });

  it('filter both ways without a delay: a line stays a line', () => {
    const rows = signal([ramp(0, 40), ramp(0, 40).map(() => 7)]);
    const { values } = prepared(
      [{ op: 'iir_filter', sections: [[0.25, 0.5, 0.25, 1, 0, 0]], direction: 'both' }],
      rows,
    );
    for (const [i, value] of values.slice(0, 40).entries()) expect(value).toBeCloseTo(i, 5);
    for (const value of values.slice(40)) expect(value).toBeCloseTo(7, 5);
  });

  it('bring a signal of another rate to the declared one, in place', () => {
    // A slow sine of 0.1 Hz at 10 Hz, looked at 4 times a second; the ends lack neighbours.
    const at = (rate: number, count: number) =>
      Array.from({ length: count }, (_, i) => Math.sin(0.2 * Math.PI * (i / rate)));
    const step = { op: 'resample_signal', fromHz: { minimum: 4, maximum: 20 } } as const;
    const { shape, values } = prepared([step], signal([at(10, 300), at(10, 300)], 10));
    expect(shape).toEqual([1, 2, 120]);
    const expected = at(4, 120);
    for (let i = 20; i < 100; i++) expect(values[i]).toBeCloseTo(expected[i] as number, 2);
    expect(prepared([step]).values).toEqual([...ramp(0), ...ramp(100)]);
  });

  it('refuse a signal that is too long or too short once it is resampled', () => {
    const step = { op: 'resample_signal', fromHz: { minimum: 1, maximum: 100 } } as const;
    const short = signal([ramp(0, 100), ramp(0, 100)], 100);
    expect(() => prepared([step], short)).toThrow('must have 8 to 400 samples per channel, got 4');
  });
});

describe('resamplingRatio', () => {
  it.each([
    [256, 128, 1, 2],
    [360, 250, 25, 36],
    [173.61, 128, 12800, 17361],
    [1 / 0.004, 250, 1, 1],
    [100, 300, 3, 1],
  ])('from %d to %d Hz is %i / %i', (from, to, up, down) => {
    expect(resamplingRatio(from, to)).toEqual({ up, down });
  });

  it('finds none between rates that no whole numbers lead between', () => {
    expect(resamplingRatio(Math.PI * 100, 250)).toBeUndefined();
    expect(resamplingRatio(1e9, 1)).toBeUndefined();
  });
});

describe('the check of the steps', () => {
  const tensor = (...shape: number[]): TensorSpec => ({ name: 'x', dataType: 'FP32', shape });
  const check = (steps: SignalStep[], shape: number[], samples?: SignalInputSpec['samples']) =>
    checkSteps(input(steps, samples), tensor(...shape), '/inputs/0');

  it('takes shapes that windows and frames give', () => {
    check([window('windows')], [-1, 2, 4]);
    check([window('windows_and_channels'), { op: 'frame_signal', lengthS: 0.5, stepS: 0.25 }], [-1, 3, 2]);
    check([window('windows')], [3, 2, 4], { minimum: 10, maximum: 12 });
  });

  it.each([
    ['a length of no whole samples', [window('windows', 0.3)], '/inputs/0/steps/1/lengthS'],
    ['a window longer than the shortest signal', [window('windows', 3)], '/inputs/0/steps/1/lengthS'],
    ['a filter after the cut', [window('windows'), { op: 'fir_filter', taps: [1] }], '/inputs/0/steps/2'],
    ['windows of windows', [window('windows'), window('windows', 0.5, 0.5)], '/inputs/0/steps/2'],
    [
      'anything after frames',
      [{ op: 'frame_signal', lengthS: 1, stepS: 1 }, { op: 'remove_mean' }],
      '/inputs/0/steps/2',
    ],
    [
      'late resampling',
      [{ op: 'remove_mean' }, { op: 'resample_signal', fromHz: { minimum: 1, maximum: 9 } }],
      '/inputs/0/steps/2',
    ],
    [
      'an unstable filter',
      [{ op: 'iir_filter', sections: [[1, 0, 0, 1, -2, 1]], direction: 'forward' }],
      '/inputs/0/steps/1/sections',
    ],
    [
      'three means for two channels',
      [{ op: 'standardize_channels', mean: [1, 2, 3], std: [1, 2, 3] }],
      '/inputs/0/steps/1/mean',
    ],
    ['more means than deviations', [{ op: 'standardize_channels', mean: [1, 2], std: [1] }], '/inputs/0/steps/1/std'],
    ['another shape', [window('windows')], '/inputs/0/feeds'],
  ] as [string, SignalStep[], string][])('refuses %s', (_, steps, field) => {
    expect(() => check(steps, [-1, 2, 5])).toThrow(`Field "${field}"`);
  });
});
