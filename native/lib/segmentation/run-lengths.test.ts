import { describe, expect, it } from 'vitest';
import { loadAddon, nativeStatus } from '../load-addon.js';
import { decodeRunLengthsTwin, encodeRunLengthsTwin } from '../twins.js';
import type { SegmentationAddon } from './addon.js';
import { decodeRunLengths, encodeRunLengths, formatCocoCounts, parseCocoCounts } from './index.js';

function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function noise(length: number, seed: number, threshold: number): Uint8Array {
  const next = seeded(seed);
  return Uint8Array.from({ length }, () => (next(256) < threshold ? 1 : 0));
}

describe('run lengths', () => {
  it('begin with the background, row by row or column by column', () => {
    const mask = Uint8Array.of(0, 7, 7, 0, 255, 0);
    const extents = { width: 3, height: 2 };
    expect([...encodeRunLengths(mask, extents, 'row-major')]).toEqual([1, 2, 1, 1, 1]);
    expect([...encodeRunLengths(mask, extents, 'column-major')]).toEqual([2, 3, 1]);
    expect([...encodeRunLengths(Uint8Array.of(1, 1), { width: 1, height: 2 }, 'row-major')]).toEqual([0, 2]);
    expect([...encodeRunLengths(Uint8Array.of(0, 0), { width: 1, height: 2 }, 'column-major')]).toEqual([2]);
    expect([...encodeRunLengths(new Uint8Array(0), { width: 0, height: 9 }, 'column-major')]).toEqual([]);
  });

  it('decode to 0 and 1, and may hold zeros anywhere', () => {
    const mask = new Uint8Array(6).fill(9);
    decodeRunLengths([1, 2, 1, 1, 1], { width: 3, height: 2 }, 'row-major', mask);
    expect([...mask]).toEqual([0, 1, 1, 0, 1, 0]);
    decodeRunLengths([2, 1, 0, 2, 1, 0, 0], { width: 3, height: 2 }, 'column-major', mask);
    expect([...mask]).toEqual([0, 1, 1, 0, 1, 0]);
    decodeRunLengths([], { width: 0, height: 4 }, 'column-major', new Uint8Array(0));
  });

  it('refuse counts that do not fill the mask, and leave it as it was', () => {
    const mask = new Uint8Array(6).fill(9);
    const extents = { width: 3, height: 2 };
    for (const counts of [[5], [7], [3, 4], [], [-1, 7], [2.5, 3.5], [Number.NaN, 6], [6, Number.POSITIVE_INFINITY]]) {
      for (const order of ['row-major', 'column-major'] as const) {
        expect(() => decodeRunLengths(counts, extents, order, mask)).toThrow(RangeError);
      }
    }
    expect(() => decodeRunLengths(['6'] as unknown as number[], extents, 'row-major', mask)).toThrow(RangeError);
    expect(() => decodeRunLengths([6], { width: 3, height: 3 }, 'row-major', mask)).toThrow(RangeError);
    expect(() => decodeRunLengths([6], extents, 'rows' as 'row-major', mask)).toThrow(RangeError);
    expect(() => encodeRunLengths(mask, { width: 3, height: 3 }, 'row-major')).toThrow(RangeError);
    expect([...mask]).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('give the text of pycocotools 2 in column-major order', () => {
    const golden: [number, number, number, string][] = [
      [110, 9, 7, '0120O0010O10O1100O11N013OM1OO130M12O'],
      [30, 23, 11, '81e00A0M0O040K020<0O0G010L070O0K061OOK020m00[O0M0J020K00020106'],
      [250, 23, 11, '0`01^20]N0nN0:0;0_O0G0400'],
    ];
    for (const [threshold, width, height, text] of golden) {
      const mask = noise(width * height, 1, threshold);
      for (const encode of [encodeRunLengths, encodeRunLengthsTwin]) {
        const counts = encode(mask, { width, height }, 'column-major');
        expect(formatCocoCounts(counts)).toBe(text);
        expect(parseCocoCounts(text)).toEqual(counts);
      }
    }
  });

  it('come back from text whatever the counts, and other text is refused', () => {
    const next = seeded(8);
    for (let round = 0; round < 300; round++) {
      const bits = 1 + next(32);
      const counts = Uint32Array.from({ length: next(12) }, () => next(2 ** bits));
      expect(parseCocoCounts(formatCocoCounts(counts))).toEqual(counts);
    }
    expect(formatCocoCounts([2 ** 32 - 1])).toBe('oooooo3');
    for (const text of ['P', 'ooooooo3', '~', ' ', 'O', '000@'])
      expect(() => parseCocoCounts(text)).toThrow(RangeError);
    for (const count of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => formatCocoCounts([count])).toThrow(RangeError);
  });

  it('come back to the mask that they were taken from', () => {
    const next = seeded(9);
    for (let round = 0; round < 150; round++) {
      const extents = { width: next(150), height: next(150) };
      const mask = noise(extents.width * extents.height, round, next(257));
      for (const order of ['row-major', 'column-major'] as const) {
        const decoded = new Uint8Array(mask.length).fill(3);
        decodeRunLengths(Array.from(encodeRunLengths(mask, extents, order)), extents, order, decoded);
        expect(Buffer.compare(decoded, mask)).toBe(0);
      }
    }
  });
});

describe.skipIf(!nativeStatus().isLoaded)('the addon (skipped where it is not loaded)', () => {
  const addon = loadAddon<SegmentationAddon>() as SegmentationAddon;

  it('encodes and decodes exactly as its twins on random masks of many sizes', () => {
    const next = seeded(79);
    const sizes = [1, 2, 3, 63, 64, 65, 127, 128, 129, 200];
    for (let round = 0; round < 300; round++) {
      const extents = { width: sizes[next(10)] as number, height: sizes[next(10)] as number };
      const total = extents.width * extents.height;
      const offset = next(70);
      const mask = noise(total + offset, round, next(257)).subarray(offset);
      for (const order of ['row-major', 'column-major'] as const) {
        const counts = encodeRunLengthsTwin(mask, extents, order);
        const encoded = encodeRunLengths(mask, extents, order);
        expect(Buffer.compare(Buffer.from(encoded.buffer), Buffer.from(counts.buffer))).toBe(0);
        const [expected, actual] = [new Uint8Array(total), new Uint8Array(total + 1).subarray(1)];
        decodeRunLengthsTwin(counts, extents, order, expected);
        addon.decodeRunLengths(counts, extents.width, extents.height, order === 'column-major', actual);
        expect(Buffer.compare(actual, expected)).toBe(0);
      }
    }
  });

  it('throws, and never crashes, on hostile arguments', () => {
    const next = seeded(10);
    const functions = addon as unknown as Record<string, (...values: unknown[]) => unknown>;
    const hostile = [
      ...[0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, '6', null, undefined, true, {}, []],
      ...[Uint32Array.of(2 ** 32 - 1, 7), Uint32Array.of(7), new Uint32Array(0), new Int32Array(6), new Uint8Array(5)],
    ];
    let thrown = 0;
    for (let round = 0; round < 8000; round++) {
      const good =
        round % 2 === 0
          ? [Uint8Array.of(1, 0, 1, 0, 1, 1), 3, 2, round % 4 === 0]
          : [Uint32Array.of(1, 2, 3), 3, 2, round % 4 === 1, new Uint8Array(6)];
      const values = good.map((value) => (next(3) === 0 ? hostile[next(hostile.length)] : value));
      try {
        functions[round % 2 === 0 ? 'encodeRunLengths' : 'decodeRunLengths']?.(...values.slice(0, next(40)));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        thrown++;
      }
    }
    expect(thrown).toBeGreaterThan(3000);
  });
});
