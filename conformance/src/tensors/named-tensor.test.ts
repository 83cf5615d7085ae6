import { DATA_TYPE_NAMES, tensorValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { namedTensor } from './named-tensor.js';

describe('namedTensor', () => {
  it('counts in row-major order', () => {
    expect(namedTensor('ramp-2x3.fp32')).toMatchObject({ dataType: 'FP32', shape: [2, 3] });
    expect(tensorValues(namedTensor('ramp-2x3.fp32'))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tensorValues(namedTensor('eye-2x2.int64'))).toEqual([1n, 0n, 0n, 1n]);
    expect(tensorValues(namedTensor('ones-scalar.fp64'))).toEqual([1]);
    expect(namedTensor('zeros-0x3.fp32').data.length).toBe(0);
  });

  it('gives the same noise for the same seed, and other noise for another', () => {
    expect(namedTensor('noise7-9.fp32').data).toEqual(namedTensor('noise7-9.fp32').data);
    expect(namedTensor('noise7-9.fp32').data).not.toEqual(namedTensor('noise8-9.fp32').data);
  });

  it.each(DATA_TYPE_NAMES)('has values of every kind in %s', (name) => {
    for (const kind of ['zeros', 'ones', 'ramp', 'noise3', 'edge']) {
      const tensor = namedTensor(`${kind}-13.${name.toLowerCase()}`);
      expect(tensorValues(tensor)).toHaveLength(13);
    }
  });

  it('has edges that a careless copy changes', () => {
    expect(tensorValues(namedTensor('edge-13.int64'))).toContain(2n ** 53n + 1n);
    expect(tensorValues(namedTensor('edge-13.fp32')).some((one) => Object.is(one, -0))).toBe(true);
    expect(tensorValues(namedTensor('edge-13.fp32')).some(Number.isNaN)).toBe(true);
  });

  it('holds the values that its name lists, texts as they are', () => {
    expect(tensorValues(namedTensor('list(0.5,-0,NaN)-3.fp32'))).toEqual([0.5, -0, Number.NaN]);
    expect(tensorValues(namedTensor('list(-5,9007199254740993)-1x2.int64'))).toEqual([-5n, 9007199254740993n]);
    const texts = tensorValues(namedTensor('list(,ä b)-2.bytes')) as Uint8Array[];
    expect(texts.map((text) => Buffer.from(text).toString())).toEqual(['', 'ä b']);
    expect(() => namedTensor('list(1,2)-3.fp32')).toThrow(RangeError);
  });

  it('has byte strings that are no text, and none of them elsewhere', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    for (const text of tensorValues(namedTensor('broken-6.bytes')) as Uint8Array[]) {
      expect(() => strict.decode(text)).toThrow();
    }
    expect((tensorValues(namedTensor('nul-3.bytes')) as Uint8Array[]).every((text) => text.includes(0))).toBe(true);
    expect(() => namedTensor('broken-6.fp32')).toThrow(RangeError);
  });

  it.each(['ramp', 'ramp-3', 'ramp-3.fp99', 'stairs-3.fp32', 'ramp-3x.fp32', '-3.fp32'])('refuses "%s"', (name) => {
    expect(() => namedTensor(name)).toThrow(RangeError);
  });
});
