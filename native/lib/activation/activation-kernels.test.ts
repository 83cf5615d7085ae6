import { describe, expect, it } from 'vitest';
import { argmax, sigmoid, softmax } from './index.js';

describe('softmax', () => {
  it('gives the closed form per row', () => {
    const output = new Float64Array(4);
    softmax(Float64Array.of(0, Math.log(3), 5, 5), 2, output);
    expect(output[0]).toBeCloseTo(0.25, 15);
    expect(output[1]).toBeCloseTo(0.75, 15);
    expect([...output.subarray(2)]).toEqual([0.5, 0.5]);
  });

  it('neither overflows nor loses the sum on huge logits', () => {
    const output = new Float64Array(3);
    softmax(Float32Array.of(1e30, 1e30, -1e30), 3, output);
    expect([...output]).toEqual([0.5, 0.5, 0]);
    softmax(Float32Array.of(-1e30, -1e30, -1e30), 3, output);
    for (const p of output) expect(p).toBeCloseTo(1 / 3, 15);
  });

  it('does not change when every logit is shifted', () => {
    const logits = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i * 1.7) * 8);
    const plain = new Float64Array(50);
    const shifted = new Float64Array(50);
    softmax(logits, 50, plain);
    softmax(
      logits.map((x) => x + 512),
      50,
      shifted,
    );
    let sum = 0;
    for (let i = 0; i < 50; i++) {
      expect(shifted[i]).toBeCloseTo(plain[i] as number, 12);
      expect(plain[i]).toBeCloseTo(Math.exp(logits[i] as number) / logits.reduce((a, x) => a + Math.exp(x), 0), 14);
      sum += plain[i] as number;
    }
    expect(sum).toBeCloseTo(1, 14);
  });

  it('treats a class that is masked with -Infinity as impossible', () => {
    const output = new Float64Array(2);
    softmax(Float32Array.of(Number.NEGATIVE_INFINITY, 4), 2, output);
    expect([...output]).toEqual([0, 1]);
  });

  it('answers NaN, not a number, for a row without a softmax', () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const output = new Float64Array(2);
      softmax(Float32Array.of(1, x), 2, output);
      expect([...output]).toEqual([Number.NaN, Number.NaN]);
    }
    const output = new Float64Array(1);
    softmax(Float32Array.of(Number.NEGATIVE_INFINITY), 1, output);
    expect(output[0]).toBeNaN();
  });

  it('is 1 for a row of one', () => {
    const output = new Float32Array(2);
    softmax(Float32Array.of(-700, 700), 1, output);
    expect([...output]).toEqual([1, 1]);
  });
});

describe('sigmoid', () => {
  it('gives the closed form', () => {
    const output = new Float64Array(3);
    sigmoid(Float64Array.of(0, Math.log(3), -Math.log(3)), output);
    expect(output[0]).toBe(0.5);
    expect(output[1]).toBeCloseTo(0.75, 15);
    expect(output[2]).toBeCloseTo(0.25, 15);
  });

  it('is symmetric, and keeps small probabilities', () => {
    const xs = Float64Array.from({ length: 81 }, (_, i) => (i - 40) * 18);
    const output = new Float64Array(81);
    sigmoid(xs, output);
    for (let i = 0; i < 81; i++) {
      expect((output[i] as number) + (output[80 - i] as number)).toBeCloseTo(1, 15);
    }
    sigmoid(Float64Array.of(-700), output.subarray(0, 1));
    expect(output[0]).toBe(Math.exp(-700));
  });

  it('is 0 and 1 at the infinities', () => {
    const output = new Float64Array(3);
    sigmoid(Float64Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN), output);
    expect([...output]).toEqual([0, 1, Number.NaN]);
  });
});

describe('argmax', () => {
  const of = (values: number[], rowLength: number) => {
    const output = new Int32Array(values.length / rowLength);
    argmax(Float32Array.from(values), rowLength, output);
    return [...output];
  };

  it('finds the largest element of each row', () => {
    expect(of([1, 3, 2, -5, -6, -4], 3)).toEqual([1, 2]);
  });

  it('takes the lowest index on a tie', () => {
    expect(of([2, 7, 7, 7, 0, 0], 3)).toEqual([1, 0]);
    expect(of([-0, 0], 2)).toEqual([0]);
  });

  it('has no answer for a row with NaN, wherever it stands', () => {
    expect(of([Number.NaN, 1, 1, Number.NaN, 0, 9], 2)).toEqual([-1, -1, 1]);
  });

  it('needs one index per row', () => {
    expect(() => argmax(new Float32Array(4), 2, new Int32Array(1))).toThrow(RangeError);
  });
});
