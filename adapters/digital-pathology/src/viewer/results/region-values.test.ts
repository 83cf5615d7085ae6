import { expect, it } from 'vitest';
import { regionPolygons } from '../../outputs/regions/region-polygons.js';
import { regionValues } from './region-values.js';

const closed = (ring: Float64Array) => [...ring, ring[0] as number, ring[1] as number];

it('takes the cells of a region, without those of its hole, wherever the grid begins', () => {
  const grid = { columns: 5, rows: 4, x: -7, y: 13, cellWidth: 2.5, cellHeight: 4 };
  const mask = Uint8Array.from('###..#.#..###.....##', (letter) => Number(letter === '#'));
  const values = Float32Array.from(mask, (mark, at) => (mark === 1 ? 0.5 + at / 64 : 0.99));
  const regions = [...regionPolygons(mask, grid)].map(({ outer, holes }) =>
    regionValues([outer, ...holes].map(closed), grid, values),
  );
  const cells = (places: number[]) => places.map((at) => values[at] as number);
  for (const [index, places] of [
    [0, [0, 1, 2, 5, 7, 10, 11, 12]],
    [1, [18, 19]],
  ] as const) {
    const own = cells([...places]);
    expect(regions[index]?.highest).toBe(Math.max(...own));
    expect(regions[index]?.mean).toBeCloseTo(own.reduce((sum, one) => sum + one, 0) / own.length, 12);
  }
});

it('says nothing of a region where nothing was examined', () => {
  const grid = { columns: 1, rows: 1, x: 0, y: 0, cellWidth: 1, cellHeight: 1 };
  expect(regionValues([[0, 0, 1, 0, 1, 1, 0, 1, 0, 0]], grid, Float32Array.of(Number.NaN))).toBeUndefined();
});
