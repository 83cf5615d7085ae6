import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { paintedCells } from '../../testing/painted-cells.js';
import { holeFreePolygons } from './hole-free-polygons.js';
import { ringArea } from './region-polygons.js';

describe('holeFreePolygons', () => {
  it('leaves a region without holes as one', () => {
    const grid = { columns: 3, rows: 2, x: 5, y: 7, cellWidth: 2, cellHeight: 3 };
    const regions = [...holeFreePolygons(Uint8Array.of(1, 1, 0, 0, 1, 1), grid)];
    expect(regions.map(({ cells }) => cells)).toEqual([4]);
  });

  it('covers all cells once, without a hole, for any mask', () => {
    const random = seededRandom(5);
    for (let round = 0; round < 300; round++) {
      const [columns, rows] = [1 + Math.floor(random() * 14), 1 + Math.floor(random() * 14)];
      const share = 0.4 + 0.6 * random();
      const mask = Uint8Array.from({ length: columns * rows }, () => Number(random() < share));
      const grid = { columns, rows, x: 3, y: -2, cellWidth: 2.5, cellHeight: 1.25 };
      const painted = new Uint8Array(mask.length);
      for (const { outer, holes, cells } of holeFreePolygons(mask, grid)) {
        expect(holes).toEqual([]);
        expect(ringArea(outer)).toBeCloseTo(cells * 2.5 * 1.25, 9);
        paintedCells(painted, grid, [outer]);
      }
      expect(painted).toEqual(mask);
    }
  });
});
