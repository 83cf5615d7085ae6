import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.js';
import { type WritableJson, writeJson } from './write-json.js';

const text = (value: WritableJson) => Buffer.concat(writeJson(value)).toString();

describe('writeJson', () => {
  it('writes what JSON.stringify writes', () => {
    const value = { a: [1, -2.5, 1e21, 5e-324, true, null], 'ä"\n': { b: '🫀\u2028', c: {}, d: [] }, e: undefined };
    expect(text(value)).toBe(JSON.stringify(value));
  });

  it('writes bigints with all digits and keeps the sign of zero', () => {
    expect(text([2n ** 64n - 1n, -(2n ** 63n), 0n])).toBe('[18446744073709551615,-9223372036854775808,0]');
    expect(Object.is((parseJson(Buffer.from(text([-0]))) as number[])[0], -0)).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', (value) => {
    expect(() => text([value])).toThrowError(RangeError);
  });

  it('writes long lists in parts that join to the whole', () => {
    const values = Array.from({ length: 400_000 }, (_, index) => index / 7);
    const parts = writeJson({ data: values, name: 'ü'.repeat(10) });
    expect(parts.length).toBeGreaterThan(4);
    expect(JSON.parse(Buffer.concat(parts).toString())).toEqual({ data: values, name: 'ü'.repeat(10) });
  });
});
