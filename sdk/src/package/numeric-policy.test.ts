import { describe, expect, it } from 'vitest';
import type { DataTypeName } from '../tensor/data-type.js';
import type { ExpectedTensor, NumericProfile } from './golden.js';
import { compareTensor, type TensorElement } from './numeric-policy.js';

const EPSILON = { FP16: 2 ** -10, BF16: 2 ** -7, FP32: 2 ** -23, FP64: 2 ** -52 } as const;
type Float = keyof typeof EPSILON;

function compare(
  dataType: DataTypeName,
  data: TensorElement[],
  values: ExpectedTensor['values'],
  options: { profile?: NumericProfile; scale?: number | number[] } = {},
) {
  const shape = [values.length];
  const expected: ExpectedTensor = {
    dataType,
    shape,
    values,
    ...(options.scale === undefined ? {} : { scale: options.scale }),
  };
  return compareTensor({ dataType, shape, data }, expected, options.profile);
}
const passes = (...args: Parameters<typeof compare>) => compare(...args).pass;

describe('floating-point elements', () => {
  it('pass up to exactly 64 (standard) and 16 (strict) units of the golden value', () => {
    for (const dataType of Object.keys(EPSILON) as Float[]) {
      const step = EPSILON[dataType];
      expect(passes(dataType, [1 + 64 * step], [1])).toBe(true);
      expect(passes(dataType, [1 + 65 * step], [1])).toBe(false);
      expect(passes(dataType, [1 - 65 * step], [1])).toBe(false);
      expect(passes(dataType, [1 + 16 * step], [1], { profile: 'strict' })).toBe(true);
      expect(passes(dataType, [1 + 17 * step], [1], { profile: 'strict' })).toBe(false);
    }
  });

  it('are compared with reduced precision under that profile only, and a coarser type keeps its own', () => {
    const y = 1 + 60 * 2 ** -10;
    expect(passes('FP32', [y], [1], { profile: 'reduced' })).toBe(true);
    expect(passes('FP32', [1 + 65 * 2 ** -10], [1], { profile: 'reduced' })).toBe(false);
    expect(passes('FP32', [y], [1])).toBe(false);
    expect(passes('BF16', [1 + 64 * 2 ** -7], [1], { profile: 'reduced' })).toBe(true);
  });

  it('take the standard profile where none is named', () => {
    expect(passes('FP32', [1 + 40 * 2 ** -23], [1])).toBe(
      passes('FP32', [1 + 40 * 2 ** -23], [1], { profile: 'standard' }),
    );
    expect(passes('FP32', [1 + 40 * 2 ** -23], [1], { profile: 'strict' })).toBe(false);
  });

  it('are measured against their own size unless the case states a scale', () => {
    const tiny = 1e-6;
    const y = tiny + 2 ** -20;
    expect(passes('FP32', [y], [tiny])).toBe(false);
    expect(passes('FP32', [y], [tiny], { scale: 1 })).toBe(true);
    expect(passes('FP32', [y, y], [tiny, tiny], { scale: [1, tiny] })).toBe(false);
    expect(compare('FP32', [y, y], [tiny, tiny], { scale: [1, tiny] }).offenders).toEqual([1]);
  });

  it('must be practically zero for a golden zero without a scale', () => {
    expect(passes('FP32', [0], [0])).toBe(true);
    // 64 * 2^-23 * 2^-126, the smallest scale there is.
    expect(passes('FP32', [2 ** -143], [0])).toBe(true);
    expect(passes('FP32', [2 ** -142], [0])).toBe(false);
    expect(passes('FP32', [2 ** -142], [0], { scale: 1 })).toBe(true);
  });

  it('do not tell the two zeros apart', () => {
    expect(passes('FP32', [-0, 0], [0, -0])).toBe(true);
  });

  it('match NaN with NaN only', () => {
    expect(passes('FP32', [Number.NaN], ['NaN'])).toBe(true);
    expect(passes('FP32', [1], ['NaN'], { scale: 1e30 })).toBe(false);
    expect(passes('FP32', [Number.NaN], [1], { scale: 1e30 })).toBe(false);
    expect(passes('FP32', [Number.NaN], ['Infinity'])).toBe(false);
  });

  it('match an infinity with itself only', () => {
    const { POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minus, MAX_VALUE } = Number;
    expect(passes('FP64', [infinity, minus], ['Infinity', '-Infinity'])).toBe(true);
    expect(passes('FP64', [minus], ['Infinity'])).toBe(false);
    expect(passes('FP64', [MAX_VALUE], ['Infinity'])).toBe(false);
    expect(passes('FP64', [infinity], [MAX_VALUE])).toBe(false);
    expect(passes('FP64', [-MAX_VALUE], [MAX_VALUE])).toBe(false);
  });

  it('do not match text, booleans or integers of another kind', () => {
    expect(passes('FP32', [1], ['1'])).toBe(false);
    expect(passes('FP32', [1], [true])).toBe(false);
    expect(passes('FP32', [1n], [1])).toBe(false);
  });

  it('fail at ten times the allowed error and pass at a tenth of it, at every size', () => {
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const profiles = { strict: 16, standard: 64, reduced: 64 } as const;
    for (let i = 0; i < 3000; i++) {
      const dataType = (['FP32', 'FP64'] as const)[i % 2] as 'FP32' | 'FP64';
      const profile = (['strict', 'standard', 'reduced'] as const)[i % 3] as NumericProfile;
      const golden = (random() - 0.5) * 10 ** Math.floor(random() * 60 - 30);
      const scale = i % 5 === 0 ? Math.abs(golden) * 10 ** (random() * 6) : undefined;
      const epsilon = profile === 'reduced' ? 2 ** -10 : EPSILON[dataType];
      const allowed = profiles[profile] * epsilon * (scale ?? Math.abs(golden));
      const sign = random() < 0.5 ? -1 : 1;
      const options = scale === undefined ? { profile } : { profile, scale };
      const far = compare(dataType, [golden + sign * 10 * allowed], [golden], options);
      const close = compare(dataType, [golden + sign * 0.1 * allowed], [golden], options);
      expect(far.pass).toBe(false);
      expect(far.worst).toBeCloseTo(10, 0);
      expect(close.pass).toBe(true);
      expect(close.worst).toBeCloseTo(0.1, 0);
    }
  });
});

describe('other elements', () => {
  it('must be equal as integers, beyond 2^53 too', () => {
    expect(passes('INT64', [9007199254740993n], ['9007199254740993'])).toBe(true);
    expect(passes('INT64', [9007199254740992n], ['9007199254740993'])).toBe(false);
    expect(passes('UINT8', [7], [7])).toBe(true);
    expect(passes('INT32', [-7], [-8])).toBe(false);
    expect(passes('INT32', [7], [7.5])).toBe(false);
    expect(passes('INT32', [7], ['seven'])).toBe(false);
  });

  it('know no tolerance, not even with a scale', () => {
    expect(passes('INT32', [1000001], [1000000], { scale: 1e12 })).toBe(false);
  });

  it('must be equal as booleans, however they are held', () => {
    expect(passes('BOOL', [true, 0, 1], [true, false, true])).toBe(true);
    expect(passes('BOOL', [1, 0], [1, 0])).toBe(true);
    expect(passes('BOOL', [true], [false])).toBe(false);
    expect(passes('BOOL', [0], [true])).toBe(false);
    expect(passes('BOOL', ['true'], [true])).toBe(false);
  });

  it('must be equal as text, byte for byte', () => {
    expect(passes('BYTES', ['Grün', Buffer.from('Grün')], ['Grün', 'Grün'])).toBe(true);
    expect(passes('BYTES', ['a '], ['a'])).toBe(false);
    expect(passes('BYTES', [Buffer.from('é')], ['e\u0301'])).toBe(false);
    expect(passes('BYTES', [Buffer.from('1')], [1])).toBe(false);
  });
});

describe('what is compared at all', () => {
  const one = { dataType: 'FP32', shape: [1, 2], values: [1, 2] } as const;

  it('needs the same type and shape', () => {
    expect(compareTensor({ dataType: 'FP64', shape: [1, 2], data: [1, 2] }, one)).toMatchObject({
      pass: false,
      worstIndex: -1,
    });
    for (const shape of [[2], [2, 1], [1, 2, 1], [1, 3]]) {
      const result = compareTensor({ dataType: 'FP32', shape, data: [1, 2] }, one);
      expect(result).toMatchObject({ pass: false, worst: Number.POSITIVE_INFINITY });
      expect(result.message).toContain(`[${shape.join(', ')}]`);
    }
  });

  it('needs as many elements, golden values and scales as the shape says', () => {
    expect(compareTensor({ dataType: 'FP32', shape: [1, 2], data: [1] }, one).pass).toBe(false);
    expect(compareTensor({ dataType: 'FP32', shape: [1, 2], data: [1, 2] }, { ...one, values: [1] }).pass).toBe(false);
    expect(compareTensor({ dataType: 'FP32', shape: [1, 2], data: [1, 2] }, { ...one, scale: [1] }).pass).toBe(false);
  });

  it('may be empty, and takes typed arrays as they are', () => {
    expect(
      compareTensor({ dataType: 'FP32', shape: [0], data: [] }, { dataType: 'FP32', shape: [0], values: [] }),
    ).toEqual({
      pass: true,
      worst: 0,
      worstIndex: -1,
      offenders: [],
    });
    expect(compareTensor({ dataType: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) }, one).pass).toBe(true);
  });
});

describe('the report', () => {
  it('names the worst element and the first five that fail, never a value', () => {
    const golden = Array.from({ length: 20 }, (_, i) => 0.123456 + i);
    const actual = golden.map((g, i) => (i % 2 === 1 ? g * (1 + i * 2e-5) : g));
    const result = compare('FP32', actual, golden);
    expect(result).toMatchObject({ pass: false, worstIndex: 19, offenders: [1, 3, 5, 7, 9] });
    expect(result.worst).toBeCloseTo((19 * 2e-5) / (64 * 2 ** -23), 3);
    expect(result.message).toContain('10 of 20');
    expect(result.message).not.toMatch(/\.1234|\.123[0-9]/);
  });

  it('tells how close a pass was', () => {
    expect(compare('FP32', [1, 1 + 32 * 2 ** -23], [1, 1])).toEqual({
      pass: true,
      worst: 0.5,
      worstIndex: 1,
      offenders: [],
    });
  });
});
