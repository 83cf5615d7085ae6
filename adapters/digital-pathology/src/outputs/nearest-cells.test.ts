import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createArrayMap, TISSUE, TUMOR } from '../testing/array-map.js';
import { nearestRows } from './nearest-cells.js';

describe('nearestRows', () => {
  it('changes nothing where both grids agree', async () => {
    const grid = { columns: 5, rows: 4, x: 12.5, y: -7, cellWidth: 3.7, cellHeight: 5.1 };
    const map = createArrayMap({ grid, channels: [TUMOR, TISSUE], value: (c, r, k) => c + 10 * r + 100 * k });
    expect(await nearestRows(map, map.grid, 0, 4)).toEqual(await map.readRows(0, 4));
    expect(await nearestRows(map, map.grid, 2, 2)).toEqual(await map.readRows(2, 2));
  });

  it('has the value of the cell that a centre lies in, and NaN beyond the map', async () => {
    const map = createArrayMap({
      grid: { columns: 2, rows: 2, x: 10, y: 20, cellWidth: 8, cellHeight: 4 },
      value: (c, r) => c + 2 * r,
    });
    const target = { columns: 7, rows: 4, x: 4, y: 18, cellWidth: 4, cellHeight: 3 };
    const N = Number.NaN;
    // Centres lie at 6, 10, 14 … across and at 19.5, 22.5, 25.5, 28.5 down.
    expect([...(await nearestRows(map, target, 0, 4))]).toEqual(
      [
        [N, N, N, N, N, N, N],
        [N, 0, 0, 1, 1, N, N],
        [N, 2, 2, 3, 3, N, N],
        [N, N, N, N, N, N, N],
      ].flat(),
    );
  });

  it('agrees with a search for each centre, whatever the grids are', async () => {
    const random = seededRandom(11);
    for (let round = 0; round < 60; round++) {
      const some = (most: number) => 1 + Math.floor(random() * most);
      const grid = (): {
        columns: number;
        rows: number;
        x: number;
        y: number;
        cellWidth: number;
        cellHeight: number;
      } => ({
        columns: some(9),
        rows: some(9),
        x: random() * 20 - 10,
        y: random() * 20 - 10,
        cellWidth: 0.5 + random() * 6,
        cellHeight: 0.5 + random() * 6,
      });
      const [source, target] = [grid(), grid()];
      const map = createArrayMap({ grid: source, value: (c, r) => c + 100 * r });
      const expected: number[] = [];
      for (let row = 0; row < target.rows; row++) {
        for (let column = 0; column < target.columns; column++) {
          const x = (target.x + (column + 0.5) * target.cellWidth - source.x) / source.cellWidth;
          const y = (target.y + (row + 0.5) * target.cellHeight - source.y) / source.cellHeight;
          const isInside = x >= 0 && y >= 0 && x < source.columns && y < source.rows;
          expected.push(isInside ? Math.floor(x) + 100 * Math.floor(y) : Number.NaN);
        }
      }
      expect([...(await nearestRows(map, target, 0, target.rows))]).toEqual(expected);
    }
  });

  it('reads no more rows at once than fit a stripe', async () => {
    const map = createArrayMap({ grid: { columns: 2 ** 21, rows: 40 }, value: () => 0.5 });
    await nearestRows(map, { ...map.grid, columns: 4, cellWidth: 2 ** 19 }, 0, 40);
    expect(Math.max(...map.reads)).toBe(2);
  });
});
