import { describe, expect, it } from 'vitest';
import { createValueStore } from './value-store.js';

const map = { grid: { columns: 6, rows: 5, x: 0, y: 0, cellWidth: 1, cellHeight: 1 } };
/** Tiles of 4 x 4 whose values are their places: column + row / 8. */
async function load(level: number, column: number, row: number): Promise<ArrayBuffer> {
  const columns = Math.min(4, Math.ceil(6 / 2 ** level) - 4 * column);
  const rows = Math.min(4, Math.ceil(5 / 2 ** level) - 4 * row);
  const cells = Array.from({ length: columns * rows }, (_, at) => {
    return 4 * column + (at % columns) + (4 * row + Math.floor(at / columns)) / 8;
  });
  return Float32Array.from(cells).buffer;
}

describe('a store of values', () => {
  it('finds the value of each cell, in whatever tile it lies', async () => {
    const store = createValueStore(map, 4, load, () => undefined);
    for (let column = 0; column < 6; column++) {
      for (let row = 0; row < 5; row++) expect(await store.value(column, row)).toBe(column + row / 8);
    }
  });

  it('fetches a tile once, and tells when it is there', async () => {
    let fetched = 0;
    const arrived = new Promise<void>((resolve) => {
      const store = createValueStore(
        map,
        4,
        (...place) => {
          fetched++;
          return load(...place);
        },
        () => {
          expect(store.get(0, 1, 1)).toMatchObject({ columns: 2, rows: 1 });
          expect(store.isLoading).toBe(false);
          resolve();
        },
      );
      expect(store.get(0, 1, 1)).toBeUndefined();
      expect(store.get(0, 1, 1)).toBeUndefined();
      expect(store.isLoading).toBe(true);
    });
    await arrived;
    expect(fetched).toBe(1);
  });

  it('does not ask again with every drawing for what did not arrive', async () => {
    let fetched = 0;
    const refuse = async () => {
      fetched++;
      throw new Error('gone');
    };
    const store = createValueStore(map, 4, refuse, () => undefined);
    expect(await store.value(0, 0)).toBeNaN();
    expect(store.hasFailed).toBe(true);
    for (let frame = 0; frame < 10; frame++) store.get(0, 0, 0);
    expect(await store.value(0, 0)).toBeNaN();
    expect(fetched).toBe(1);
  });
});
