import { createRequire } from 'node:module';
import { copyBytes } from '@deephealth/native';
import { describe, expect, it } from 'vitest';
import { addonPath, isAddonBuilt } from './addon-under-test.js';
import { seededRandom } from './seeded-random.mjs';

type Copy = typeof copyBytes;

const FRAME = 0xee;

/** Copies between arrays that begin anywhere, and compares every byte of the target with set(). */
function compare(copy: Copy, length: number, targetOffset: number, sourceOffset: number) {
  const source = Uint8Array.from({ length: length + sourceOffset + 9 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  const target = new Uint8Array(length + targetOffset + 77).fill(FRAME);
  const expected = target.slice();
  expected.set(source.subarray(sourceOffset, sourceOffset + length), targetOffset);
  copy(target, targetOffset, source, sourceOffset, length);
  expect(Buffer.compare(target, expected), `${length} bytes from ${sourceOffset} to ${targetOffset}`).toBe(0);
}

describe.skipIf(!isAddonBuilt)('copyBytes of the addon (skipped where it is not built)', () => {
  const { copyBytes: copy } = createRequire(import.meta.url)(addonPath) as { copyBytes: Copy };

  it('copies any number of bytes from anywhere to anywhere, and touches nothing beside', () => {
    const random = seededRandom(20261128);
    for (let length = 0; length < 300; length++) compare(copy, length, random.integer(0, 70), random.integer(0, 70));
    for (let i = 0; i < 50; i++) {
      compare(copy, random.integer(300, 100_000), random.integer(0, 70), random.integer(0, 70));
    }
  });

  it.each([
    ['more than the target has', 1, 0, 8],
    ['more than the source has', 0, 1, 8],
    ['from a place behind the source', 0, 9, 0],
    ['to a place behind the target', 9, 0, 0],
    ['a negative number', 0, 0, -1],
  ])('refuses %s', (_, targetOffset, sourceOffset, bytes) => {
    expect(() => copy(new Uint8Array(8), targetOffset, new Uint8Array(8), sourceOffset, bytes)).toThrow(RangeError);
  });

  it('refuses a target that lies over the source', () => {
    const bytes = new Uint8Array(400);
    expect(() => copy(bytes, 100, bytes, 0, 101)).toThrow(RangeError);
    copy(bytes, 100, bytes, 0, 100);
  });
});

describe('copyBytes', () => {
  it('copies small and large pieces alike', () => {
    for (const length of [0, 5, 8 * 1024 * 1024 - 1, 8 * 1024 * 1024 + 3]) compare(copyBytes, length, 3, 7);
  });

  it('refuses bytes outside of the source or the target', () => {
    expect(() => copyBytes(new Uint8Array(4), 0, new Uint8Array(8), 5, 4)).toThrow(RangeError);
    expect(() => copyBytes(new Uint8Array(4), 1, new Uint8Array(8), 0, 4)).toThrow(RangeError);
  });
});
