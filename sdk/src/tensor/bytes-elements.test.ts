import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { decodeBytesElements, encodeBytesElements } from './bytes-elements.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

describe('BYTES elements', () => {
  it('are a little-endian length and the bytes, each', () => {
    expect([...encodeBytesElements([text('ab'), bytes(), bytes(0xff)])]).toEqual([
      2, 0, 0, 0, 0x61, 0x62, 0, 0, 0, 0, 1, 0, 0, 0, 0xff,
    ]);
  });

  it('come back as they were: empty, unicode, zero bytes, long', () => {
    const elements = [bytes(), text('Grüße, 世界 🫀'), bytes(0, 0), new Uint8Array(70_000).fill(7), bytes()];
    expect(decodeBytesElements('x', encodeBytesElements(elements), elements.length)).toEqual(elements);
    expect(decodeBytesElements('x', bytes(), 0)).toEqual([]);
  });

  it('come back from any offset of a larger memory', () => {
    const random = seededRandom(4);
    for (let offset = 0; offset <= 8; offset++) {
      const elements = Array.from({ length: 5 }, () =>
        Uint8Array.from({ length: Math.floor(random() * 9) }, () => Math.floor(random() * 256)),
      );
      const raw = encodeBytesElements(elements);
      const slab = new Uint8Array(raw.length + 16).fill(0xaa);
      slab.set(raw, offset);
      expect(decodeBytesElements('x', slab.subarray(offset, offset + raw.length), 5)).toEqual(elements);
    }
  });

  it.each([
    ['a length that is cut off', bytes(1, 0, 0), 1],
    ['bytes that are cut off', bytes(3, 0, 0, 0, 1, 2), 1],
    ['a length of 4 GiB', bytes(0xff, 0xff, 0xff, 0xff, 1), 1],
    ['one byte more', bytes(1, 0, 0, 0, 9, 0), 1],
    ['one element more', bytes(0, 0, 0, 0, 0, 0, 0, 0), 1],
    ['one element less', bytes(0, 0, 0, 0), 2],
    ['nothing at all', bytes(), 1],
    ['something where nothing belongs', bytes(0, 0, 0, 0), 0],
  ])('refuse %s and name the input (DH-R-004)', (_, raw, count) => {
    expect(() => decodeBytesElements('notes', raw, count)).toThrowError(
      expect.objectContaining({
        code: 'DH_TENSOR_SIZE_MISMATCH',
        message: expect.stringContaining('"notes"'),
        details: { input: 'notes', expected: `${count} elements` },
      }),
    );
  });
});
