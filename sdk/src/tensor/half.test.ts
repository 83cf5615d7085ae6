import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { decodeBfloat16, decodeHalf, encodeBfloat16, encodeHalf } from './half.js';

describe('binary16', () => {
  it('keeps each of the 65,536 patterns, NaN as a NaN', () => {
    const changed: number[] = [];
    let nans = 0;
    for (let bits = 0; bits <= 0xffff; bits++) {
      const value = decodeHalf(bits);
      if (Number.isNaN(value)) {
        nans++;
        if (!Number.isNaN(decodeHalf(encodeHalf(value)))) changed.push(bits);
      } else if (encodeHalf(value) !== bits) changed.push(bits);
    }
    expect(changed).toEqual([]);
    // Two signs of 1,023 fractions under the exponent of all ones.
    expect(nans).toBe(2046);
  });

  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])('reads the pattern %i as %d', (bits, value) => {
    expect(decodeHalf(bits)).toBe(value);
  });

  it.each([
    ['a tie below an odd neighbour', 1 + 2 ** -11, 0x3c00],
    ['a tie above an odd neighbour', 1 + 3 * 2 ** -11, 0x3c02],
    ['just above a tie', 1 + 2 ** -11 + 2 ** -40, 0x3c01],
    ['just below a tie', 1 + 3 * 2 ** -11 - 2 ** -40, 0x3c01],
    ['a tie that carries into the exponent', 2 - 2 ** -11, 0x4000],
    ['half of the smallest value', 2 ** -25, 0x0000],
    ['just above half of the smallest value', 2 ** -25 + 2 ** -60, 0x0001],
    ['a tie between subnormals', 3 * 2 ** -25, 0x0002],
    ['a subnormal that rounds to the smallest normal', 2 ** -14 - 2 ** -26, 0x0400],
    ['a negative that rounds to zero', -(2 ** -26), 0x8000],
    ['the last value below the tie to infinity', 65519.999, 0x7bff],
    ['the tie to infinity', 65520, 0x7c00],
    ['far beyond the range', -1e300, 0xfc00],
  ])('rounds %s to even', (_, value, bits) => {
    expect(encodeHalf(value)).toBe(bits);
  });

  it('gives the nearest pattern of seeded values of every size', () => {
    const random = seededRandom(16);
    for (let round = 0; round < 2000; round++) {
      const value = (random() * 2 - 1) * 2 ** Math.floor(random() * 42 - 26);
      if (Math.abs(value) >= 65504) continue;
      const bits = encodeHalf(value);
      const error = Math.abs(decodeHalf(bits) - value);
      const magnitude = bits & 0x7fff;
      for (const neighbour of [magnitude - 1, magnitude + 1]) {
        if (neighbour < 0) continue;
        const other = Math.abs(decodeHalf((bits & 0x8000) | neighbour) - value);
        expect(error, `${value}`).toBeLessThanOrEqual(other);
      }
    }
  });
});

describe('bfloat16', () => {
  it('keeps each of the 65,536 patterns, NaN as a NaN', () => {
    const changed: number[] = [];
    let nans = 0;
    for (let bits = 0; bits <= 0xffff; bits++) {
      const value = decodeBfloat16(bits);
      if (Number.isNaN(value)) {
        nans++;
        if (!Number.isNaN(decodeBfloat16(encodeBfloat16(value)))) changed.push(bits);
      } else if (encodeBfloat16(value) !== bits) changed.push(bits);
    }
    expect(changed).toEqual([]);
    expect(nans).toBe(254);
  });

  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -133],
    [0x0080, 2 ** -126],
    [0x3f80, 1],
    [0xc049, -3.140625],
    [0x7f7f, (2 - 2 ** -7) * 2 ** 127],
    [0x7f80, Number.POSITIVE_INFINITY],
    [0xff80, Number.NEGATIVE_INFINITY],
  ])('reads the pattern %i as %d', (bits, value) => {
    expect(decodeBfloat16(bits)).toBe(value);
  });

  it.each([
    ['a tie below an odd neighbour', 1 + 2 ** -8, 0x3f80],
    ['a tie above an odd neighbour', 1 + 3 * 2 ** -8, 0x3f82],
    ['just above a tie, by less than binary32 can show', 1 + 2 ** -8 + 2 ** -40, 0x3f81],
    ['just below a tie, by less than binary32 can show', 1 + 3 * 2 ** -8 - 2 ** -40, 0x3f81],
    ['the same below zero', -(1 + 2 ** -8 + 2 ** -40), 0xbf81],
    ['a tie that carries into the exponent', 2 - 2 ** -8, 0x4000],
    ['half of the smallest value', 2 ** -134, 0x0000],
    ['just above half of the smallest value', 2 ** -134 + 2 ** -180, 0x0001],
    ['what is far below the smallest value', -(2 ** -300), 0x8000],
    ['the largest value below the tie to infinity', (2 - 2 ** -8 - 2 ** -20) * 2 ** 127, 0x7f7f],
    ['the tie to infinity', (2 - 2 ** -8) * 2 ** 127, 0x7f80],
    ['far beyond the range', -1e300, 0xff80],
  ])('rounds %s to even', (_, value, bits) => {
    expect(encodeBfloat16(value)).toBe(bits);
  });
});
