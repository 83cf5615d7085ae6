import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { paintedCells } from '../../testing/painted-cells.js';
import { regionPolygons, ringArea } from './region-polygons.js';

const maskOf = (...rows: string[]) => Uint8Array.from(rows.join(''), (letter) => Number(letter === '#'));
const points = (ring: Float64Array) =>
  Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]]);

describe('regionPolygons', () => {
  it('runs along the edges of cells, in pixels of level 0, with cells that are no squares', () => {
    const grid = { columns: 4, rows: 2, x: 10, y: 100, cellWidth: 5, cellHeight: 20 };
    const [region, ...others] = [...regionPolygons(maskOf('.##.', '....'), grid)];
    expect(others).toEqual([]);
    expect(points(region?.outer as Float64Array)).toEqual([
      [15, 100],
      [25, 100],
      [25, 120],
      [15, 120],
    ]);
    expect([region?.cells, ringArea(region?.outer as Float64Array)]).toEqual([2, 200]);
  });

  it('has holes, and regions within holes', () => {
    const grid = { columns: 5, rows: 5, x: 0, y: 0, cellWidth: 1, cellHeight: 1 };
    const regions = [...regionPolygons(maskOf('#####', '#...#', '#.#.#', '#...#', '#####'), grid)];
    expect(regions.map(({ cells, holes }) => [cells, holes.length])).toEqual([
      [16, 1],
      [1, 0],
    ]);
  });

  it('parts a ring that touches itself into an outer ring and a hole', () => {
    const grid = { columns: 4, rows: 4, x: 0, y: 0, cellWidth: 1, cellHeight: 1 };
    // The blank in the middle meets the outside in one corner only.
    const [region, ...others] = [...regionPolygons(maskOf('###.', '#.#.', '##.#', '####'), grid)];
    expect(others).toEqual([]);
    expect([region?.cells, region?.holes.length]).toEqual([12, 2]);
  });

  it('holds all cells, with simple rings, for any mask', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 300; round++) {
      const [columns, rows] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)];
      const share = random();
      const mask = Uint8Array.from({ length: columns * rows }, () => Number(random() < share));
      const grid = { columns, rows, x: 0, y: 0, cellWidth: 1, cellHeight: 1 };
      const painted = new Uint8Array(mask.length);
      for (const { outer, holes, cells } of regionPolygons(mask, grid)) {
        expect(ringArea(outer)).toBeGreaterThan(0);
        for (const hole of holes) expect(ringArea(hole)).toBeLessThan(0);
        expect([outer, ...holes].reduce((sum, ring) => sum + ringArea(ring), 0)).toBe(cells);
        for (const ring of [outer, ...holes]) {
          const corners = points(ring).map(String);
          expect(new Set(corners).size).toBe(corners.length);
        }
        paintedCells(painted, grid, [outer, ...holes]);
      }
      expect(painted).toEqual(mask);
    }
  });
});
