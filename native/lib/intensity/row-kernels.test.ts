import { describe, expect, it } from 'vitest';
import { clip, removeMean, standardize, zScore } from './index.js';

/** Numbers in [0, 1) from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const randomRows = (random: () => number, length: number) =>
  Float32Array.from({ length }, () => (random() - 0.3) * 200);

describe('standardize', () => {
  it('subtracts the mean and divides by the deviation of each position of the last axis', () => {
    const output = new Float32Array(4);
    standardize(Float32Array.of(1, 10, 3, 30), [1, 20], [2, 5], output);
    expect([...output]).toEqual([0, -2, 1, 2]);
  });

  it('rounds once: the difference is not rounded to FP32 before it is divided', () => {
    const x = Math.fround(1.1);
    const output = new Float32Array(1);
    standardize(Float32Array.of(x), [1], [3], output);
    expect(output[0]).toBe(Math.fround((x - 1) / 3));

    // A case where rounding the difference first gives another number, so that the test can fail.
    const random = seeded(7);
    let differs = 0;
    for (let i = 0; i < 200; i++) {
      const value = Math.fround(random() * 100);
      const mean = random() * 50;
      const std = random() + 0.1;
      standardize(Float32Array.of(value), [mean], [std], output);
      expect(output[0]).toBe(Math.fround((value - mean) / std));
      if (output[0] !== Math.fround(Math.fround(value - mean) / std)) differs++;
    }
    expect(differs).toBeGreaterThan(0);
  });

  it('may write over its input', () => {
    const data = Float32Array.of(4, 6);
    standardize(data, [2, 2], [2, 4], data);
    expect([...data]).toEqual([1, 1]);
  });

  it('refuses lengths that do not fit', () => {
    const three = new Float32Array(3);
    expect(() => standardize(three, [0, 0], [1, 1], three)).toThrow(RangeError);
    expect(() => standardize(three, [0, 0, 0], [1, 1], three)).toThrow(/std needs 3/);
    expect(() => standardize(three, [0], [1], new Float32Array(2))).toThrow(/output needs 3/);
    expect(() => standardize(three, [], [], three)).toThrow(/at least one/);
  });
});

describe('removeMean', () => {
  it('takes the mean of each row from the row', () => {
    const output = new Float32Array(6);
    removeMean(Float32Array.of(1, 2, 3, 10, 10, 40), 3, output);
    expect([...output]).toEqual([-1, 0, 1, -10, -10, 20]);
  });

  it('sums in FP64: small samples beside large ones are not lost', () => {
    // 2^24 + 1 is not an FP32 number, so an FP32 sum would stay at 2^24.
    const row = Float32Array.of(2 ** 24, 1, 1, 1, 1);
    const output = new Float64Array(5);
    removeMean(row, 5, output);
    expect(output[1]).toBe(1 - (2 ** 24 + 4) / 5);
  });

  it('agrees with a naive implementation on many shapes, in place too', () => {
    const random = seeded(1);
    for (const [rows, length] of [
      [1, 1],
      [1, 648],
      [3, 2],
      [12, 17],
      [5, 1],
      [0, 4],
    ] as const) {
      const input = randomRows(random, rows * length);
      const expected: number[] = [];
      for (let r = 0; r < rows; r++) {
        const row = [...input.subarray(r * length, (r + 1) * length)];
        const mean = row.reduce((a, b) => a + b, 0) / length;
        expected.push(...row.map((x) => Math.fround(x - mean)));
      }
      const output = new Float32Array(input.length);
      removeMean(input, length, output);
      expect([...output]).toEqual(expected);
      removeMean(input, length, input);
      expect([...input]).toEqual(expected);
    }
  });
});

describe('zScore', () => {
  it('uses the population deviation', () => {
    // Mean 5, squared deviations 9, 1, 1, 9: variance 20 / 4 = 5.
    const output = new Float64Array(4);
    zScore(Float32Array.of(2, 4, 6, 8), 4, 1e-6, output);
    const expected = [-3, -1, 1, 3].map((d) => d / Math.sqrt(5));
    expect([...output]).toEqual(expected);
  });

  it('divides by epsilon where a row hardly varies', () => {
    const output = new Float32Array(4);
    zScore(Float32Array.of(7, 7, 1, 3), 2, 0.5, output);
    expect([...output]).toEqual([0, 0, -1, 1]);
    zScore(Float32Array.of(1, 3), 2, 4, output.subarray(0, 2));
    expect([...output.subarray(0, 2)]).toEqual([-0.25, 0.25]);
  });

  it('does not cancel on a small wave around a large offset', () => {
    const output = new Float64Array(2);
    zScore(Float64Array.of(1e9 - 0.25, 1e9 + 0.25), 2, 1e-9, output);
    expect([...output]).toEqual([-1, 1]);
  });

  it('agrees with a naive implementation on many shapes', () => {
    const random = seeded(2);
    for (const [rows, length] of [
      [1, 1],
      [1, 648],
      [12, 5],
      [2, 333],
    ] as const) {
      const input = randomRows(random, rows * length);
      const output = new Float32Array(input.length);
      zScore(input, length, 1e-3, output);
      for (let r = 0; r < rows; r++) {
        const row = [...input.subarray(r * length, (r + 1) * length)];
        const mean = row.reduce((a, b) => a + b, 0) / length;
        const std = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / length);
        const expected = row.map((x) => Math.fround((x - mean) / Math.max(std, 1e-3)));
        expect([...output.subarray(r * length, (r + 1) * length)]).toEqual(expected);
      }
    }
  });
});

describe('clip', () => {
  it('includes both bounds and leaves what lies between', () => {
    const output = new Float32Array(5);
    clip(Float32Array.of(-3, -1, 0.5, 2, 9), -1, 2, output);
    expect([...output]).toEqual([-1, -1, 0.5, 2, 2]);
  });

  it('brings infinities to the bounds and keeps NaN, so that it hides no fault', () => {
    const output = new Float32Array(3);
    clip(Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN), -1, 1, output);
    expect([...output]).toEqual([1, -1, Number.NaN]);
  });

  it('counts -0 as below 0, and refuses a bound that is no number', () => {
    const output = new Float32Array(2);
    clip(Float32Array.of(-0, 0), 0, 1, output);
    expect([...output].map((x) => Object.is(x, 0))).toEqual([true, true]);
    expect(() => clip(new Float32Array(1), Number.NaN, 1, new Float32Array(1))).toThrow(/bound is NaN/);
  });

  it('agrees with a comparison of each value on random values', () => {
    const input = randomRows(seeded(3), 999);
    const output = new Float32Array(999);
    clip(input, -12.5, 40, output);
    input.forEach((x, i) => {
      if (x < -12.5) expect(output[i]).toBe(-12.5);
      else if (x > 40) expect(output[i]).toBe(40);
      else expect(output[i]).toBe(x);
    });
  });
});
