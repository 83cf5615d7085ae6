import { describe, expect, it } from 'vitest';
import { HistogramSeries } from './histogram-series.js';

const buckets = (series: HistogramSeries) =>
  Object.fromEntries(
    series
      .samples('x', {})
      .filter(({ metricName }) => metricName === 'x_bucket')
      .map(({ labels, value }) => [labels.le, value]),
  );

describe('a histogram', () => {
  it('counts a value on a bound in the bucket of that bound, as Prometheus does', () => {
    const series = new HistogramSeries([0.001, 0.01], 1_000_000);
    for (const us of [999, 1000, 1001, 10_000, 10_001]) series.observe(us);
    expect(buckets(series)).toEqual({ '0.001': 2, '0.01': 4, '+Inf': 5 });
  });

  it('sums without the error that adding fractions of seconds would have', () => {
    const series = new HistogramSeries([1], 1_000_000);
    for (let i = 0; i < 1_000_000; i++) series.observe(100_000);
    const [sum] = series.samples('x', {}).filter(({ metricName }) => metricName === 'x_sum');
    expect(sum?.value).toBe(100_000);
  });

  it('counts a duration that a clock set back has made negative as 0', () => {
    const series = new HistogramSeries([1], 1);
    for (const value of [-5, Number.NaN, Number.POSITIVE_INFINITY]) series.observe(value);
    expect(series.samples('x', {}).map(({ value }) => value)).toEqual([3, 3, 0, 3]);
  });

  it('agrees with counting each bucket by hand, for any values', () => {
    let seed = 7;
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const bounds = [1, 5, 10, 50, 100];
    const series = new HistogramSeries(bounds, 1);
    const values = Array.from({ length: 2000 }, () => Math.round(next() * 150));
    for (const value of values) series.observe(value);
    const expected = Object.fromEntries(bounds.map((le) => [String(le), values.filter((v) => v <= le).length]));
    expect(buckets(series)).toEqual({ ...expected, '+Inf': 2000 });
  });
});
