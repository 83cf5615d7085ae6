import { describe, expect, it } from 'vitest';
import { checkBooleans, checkFinite, firstNonFinite } from './content-check.js';
import { type RawTensor, tensorFromValues } from './tensor.js';

const floats = ['FP16', 'BF16', 'FP32', 'FP64'] as const;
const bytesOf = (dataType: RawTensor['dataType'], values: number[]) =>
  tensorFromValues(dataType, [values.length], values).data;

describe.each(floats)('checkFinite of %s', (dataType) => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('finds %d and names its place', (bad) => {
    const data = bytesOf(dataType, [1, -0, bad, Number.NaN]);
    expect(firstNonFinite(dataType, data)).toBe(2);
    expect(() => checkFinite('ecg', dataType, data)).toThrowError(
      expect.objectContaining({
        code: 'DH_VALUE_NOT_FINITE',
        message: 'Input "ecg": element 2 is NaN or infinite.',
        details: expect.objectContaining({ input: 'ecg', index: '2' }),
      }),
    );
  });

  it('takes the largest, the smallest and no values at all', () => {
    const largest = { FP16: 65504, BF16: 3.3e38, FP32: 3.4e38, FP64: Number.MAX_VALUE }[dataType];
    const smallest = { FP16: 2 ** -24, BF16: 2 ** -133, FP32: 2 ** -149, FP64: Number.MIN_VALUE }[dataType];
    expect(() => checkFinite('ecg', dataType, bytesOf(dataType, [largest, -largest, smallest, 0]))).not.toThrow();
    expect(firstNonFinite(dataType, new Uint8Array())).toBe(-1);
  });

  it('looks at the right bytes at every offset of a larger memory', () => {
    const data = bytesOf(dataType, [1, 2, Number.NaN]);
    for (let offset = 0; offset <= 8; offset++) {
      // 0xff in every byte around is a NaN to whoever reads too far.
      const slab = new Uint8Array(data.length + 16).fill(0xff);
      slab.set(data, offset);
      expect(firstNonFinite(dataType, slab.subarray(offset, offset + data.length))).toBe(2);
      expect(firstNonFinite(dataType, slab.subarray(offset, offset + (data.length / 3) * 2))).toBe(-1);
    }
  });
});

describe('content', () => {
  it('of signalling and negative NaNs is found as well', () => {
    expect(firstNonFinite('FP16', Uint8Array.of(0, 0x3c, 0x01, 0xfc))).toBe(1);
    expect(firstNonFinite('FP32', Uint8Array.of(1, 0, 0x80, 0xff))).toBe(0);
  });

  it('of integers is not looked at', () => {
    expect(() => checkFinite('ecg', 'INT32', new Uint8Array(8).fill(0xff))).not.toThrow();
  });

  it('of BOOL is 0 or 1', () => {
    expect(() => checkBooleans('flag', Uint8Array.of(0, 1, 1))).not.toThrow();
    expect(() => checkBooleans('flag', Uint8Array.of(0, 1, 2))).toThrowError(
      expect.objectContaining({
        code: 'DH_TENSOR_CONTENT_INVALID',
        details: { input: 'flag', index: '2', expected: '0 or 1' },
      }),
    );
    expect(() => checkBooleans('flag', Uint8Array.of(255))).toThrowError(/element 0/);
  });
});
