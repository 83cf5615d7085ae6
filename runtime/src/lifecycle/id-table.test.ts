import { getHeapSpaceStatistics } from 'node:v8';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { IdTable } from './id-table.js';

describe('IdTable', () => {
  it.each([1, 2, 3])('does what a Map does, for numbers that collide and for large ones (seed %i)', (seed) => {
    const random = seededRandom(seed);
    // Homes are the low bits: many of these share one.
    const ids = [...Array(40).keys()].flatMap((i) => [i, 16 * i, 1024 * i + 7, 2 ** 41 + 5 * i]);
    const [table, map] = [new IdTable<object>(), new Map<number, object>()];
    for (let step = 0; step < 20_000; step++) {
      const id = ids[Math.floor(random() * ids.length)] as number;
      const value = { step };
      // Long and short at turns, so that it grows and is thinned out.
      if (random() < (step % 2000 < 1000 ? 0.7 : 0.3)) {
        table.set(id, value);
        map.set(id, value);
      } else {
        expect(table.delete(id)).toBe(map.delete(id));
      }
      expect(table.size).toBe(map.size);
      expect(table.get(id)).toBe(map.get(id));
      expect(table.has(id)).toBe(map.has(id));
    }
    for (const id of ids) expect(table.get(id)).toBe(map.get(id));
    expect(table.values()).toEqual([...map].sort(([a], [b]) => a - b).map(([, value]) => value));
    table.clear();
    expect([table.size, table.values(), table.get(ids[0] as number)]).toEqual([0, [], undefined]);
  });

  it('lets what has passed through go', () => {
    const table = new IdTable<object>();
    const oldBytes = () =>
      getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;
    const pass = (from: number, count: number) => {
      for (let id = from; id < from + count; id++) {
        table.set(id, { id, content: [id, id + 1, id + 2, id + 3] });
        table.delete(id - 256);
      }
    };
    // By then the table is old, which is when a Map begins to keep everything.
    pass(0, 300_000);
    const before = oldBytes();
    pass(300_000, 500_000);
    // A Map keeps some 100 bytes of each in the old generation.
    expect(oldBytes() - before).toBeLessThan(10_000_000);
  });
});
