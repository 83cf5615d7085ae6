import { describe, expect, it } from 'vitest';
import type { InputVariable } from '../knowledge-base.js';
import { smallestChange } from './smallest-change.js';

const input = (range: [number, number], parameters: number[] = []): InputVariable => ({
  name: 'x',
  enabled: true,
  range,
  lockRange: false,
  terms:
    parameters.length === 0
      ? []
      : [{ name: 't', definition: { kind: 'shape', shape: 'Triangle', parameters, height: 1 } }],
});

describe('smallestChange', () => {
  it('finds the nearest round value on either side', () => {
    expect(smallestChange(input([0, 10]), 5, (x) => x > 6.234 || x < 4.01).to).toBe(4);
    expect(smallestChange(input([0, 10]), 5, (x) => x > 6.234).to).toBe(6.24);
    expect(smallestChange(input([0, 10]), 5, (x) => x >= 6.23).to).toBe(6.23);
  });

  it('finds a single value at a corner, and one that is narrower than a step', () => {
    expect(smallestChange(input([0, 10], [7, 7.0123, 8]), 5, (x) => x === 7.0123).to).toBe(7.0123);
    expect(smallestChange(input([0, 10], [7, 7.0123, 8]), 5, (x) => Math.abs(x - 7.0123) < 0.001).to).toBeCloseTo(
      7.0123,
      2,
    );
  });

  it('does not stop at a farther place where a nearer one shows itself', () => {
    // Between two values of the grid, seen only on the way back.
    const { to } = smallestChange(input([0, 10]), 0, (x) => x >= 8 || (x > 4.51 && x < 4.54));
    expect([4.52, 8]).toContain(to);
    expect(smallestChange(input([0, 16]), 0, (x) => x >= 8 || (x > 2.96 && x < 3.04)).to).toBe(2.97);
  });

  it('never leaves the range', () => {
    const tried: number[] = [];
    const none = smallestChange(input([2, 3]), 2.5, (x) => {
      tried.push(x);
      return false;
    });
    expect(none.to).toBeUndefined();
    expect(Math.min(...tried)).toBe(2);
    expect(Math.max(...tried)).toBe(3);
    expect(smallestChange(input([2, 3]), 2.5, (x) => x > 2.9999).to).toBe(3);
  });

  it('starts at the end of the range where the present value lies outside', () => {
    expect(smallestChange(input([0, 10]), 12, (x) => x <= 10).to).toBe(10);
    expect(smallestChange(input([0, 10]), 12, (x) => x < 5).to).toBe(4.99);
  });

  it('searches a range without an end as far beyond its corners as these are apart', () => {
    const open = input([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], [2, 4, 6]);
    expect(smallestChange(open, 3, (x) => x < -3)).toEqual({
      searched: { kind: 'range', low: -2, high: 10, grid: 0.06, resolution: 0.01 },
    });
  });

  it('takes only values that there are, the nearest first', () => {
    expect(smallestChange(input([0, 10]), 1, (x) => x !== 1, [0, 1, 3, 20])).toEqual({
      searched: { kind: 'values', values: [0, 3] },
      to: 0,
    });
  });

  it('has nothing to search where the range is a point', () => {
    expect(smallestChange(input([4, 4]), 4, () => true)).toEqual({
      searched: { kind: 'range', low: 4, high: 4, grid: 0, resolution: 0 },
    });
  });
});
