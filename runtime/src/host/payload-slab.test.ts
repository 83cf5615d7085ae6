import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { PayloadSlab, readRegion } from './payload-slab.js';
import type { SlabRegion } from './slot-allocator.js';

let slab: PayloadSlab | undefined;

afterEach(() => {
  slab?.close();
  slab = undefined;
});

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.skipIf(!existsSync('/dev/shm'))('PayloadSlab', () => {
  it('never gives a region that is in use to another payload', () => {
    slab = PayloadSlab.open() as PayloadSlab;
    const next = random(5);
    const held: { region: SlabRegion; payload: Buffer }[] = [];
    for (let step = 0; step < 2000; step++) {
      if (held.length < 12 && next() < 0.6) {
        const payload = Buffer.alloc(1 + Math.floor(next() * 5000), Math.floor(next() * 256));
        held.push({ region: slab.write(payload) as SlabRegion, payload });
      } else if (held.length > 0) {
        const [{ region }] = held.splice(Math.floor(next() * held.length), 1) as [(typeof held)[number]];
        slab.free(region);
      }
      for (const { region, payload } of held) expect(readRegion(slab.fd, region).equals(payload)).toBe(true);
    }
    expect(endOf(held)).toBeLessThanOrEqual(12 * 5056);
  });

  it('uses room again', () => {
    slab = PayloadSlab.open() as PayloadSlab;
    const first = slab.write(Buffer.alloc(1000)) as SlabRegion;
    const second = slab.write(Buffer.alloc(500)) as SlabRegion;
    expect(second.offset).toBe(1024);
    slab.free(first);
    expect(slab.write(Buffer.alloc(1025))?.offset).toBe(1536);
    expect(slab.write(Buffer.alloc(1000))?.offset).toBe(0);
  });

  it('gives no room beyond its limit, and goes on with what fits', () => {
    slab = PayloadSlab.open() as PayloadSlab;
    // Never written: a payload of this length that holds nothing would be a test of the memory.
    const huge = { byteLength: 256 * 1024 * 1024 + 1 } as Uint8Array;
    expect(slab.write(huge)).toBeUndefined();
    expect(slab.write(Buffer.of(1, 2, 3))).toEqual({ offset: 0, bytes: 3 });
  });

  it('leaves no file behind, and takes nothing when it is closed', () => {
    const before = readdirSync('/dev/shm').filter((name) => name.startsWith('deephealth-'));
    slab = PayloadSlab.open() as PayloadSlab;
    slab.write(Buffer.alloc(100));
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('deephealth-'))).toEqual(before);
    slab.close();
    expect(slab.write(Buffer.of(1))).toBeUndefined();
    slab = undefined;
  });

  it('says so when a frame speaks of bytes that were never written', () => {
    slab = PayloadSlab.open() as PayloadSlab;
    const { fd } = slab;
    expect(() => readRegion(fd, { offset: 10, bytes: 4 })).toThrow(RangeError);
  });
});

/** The end of the last region. */
function endOf(held: readonly { region: SlabRegion }[]): number {
  return Math.max(0, ...held.map(({ region }) => region.offset + region.bytes));
}
