import { describe, expect, it } from 'vitest';
import { createPlacement } from './placement.js';
import { areaText } from './region-list.js';
import { scaleLength } from './scale-length.js';
import { cellAt, halfSteps, levelFor, tilesIn } from './value-places.js';

describe('the scale bar', () => {
  it('is as long on the screen as it says on the slide, at every zoom', () => {
    for (const micronsPerPixel of [0.05, 0.249, 0.499, 1, 3.3, 27, 480]) {
      const { pixels, micrometres, text } = scaleLength(micronsPerPixel, 180);
      expect(pixels * micronsPerPixel).toBeCloseTo(micrometres, 9);
      expect(pixels).toBeLessThanOrEqual(180);
      expect(pixels).toBeGreaterThan(70);
      const [value = '', unit] = text.split(' ');
      expect(Number(value) * (unit === 'mm' ? 1000 : 1)).toBeCloseTo(micrometres, 9);
    }
  });

  it('says round numbers, in mm from a thousand micrometres on', () => {
    expect([0.05, 0.5, 2.08, 5, 30].map((mpp) => scaleLength(mpp, 180).text)).toEqual([
      ...['5 µm', '50 µm', '200 µm', '500 µm', '5 mm'],
    ]);
  });
});

describe('places of cells', () => {
  const grid = { columns: 700, rows: 300, x: 37.5, y: -12, cellWidth: 10.25, cellHeight: 20 };

  it('hold the point that lies in them', () => {
    expect(cellAt(grid, 37.5, -12)).toEqual({ column: 0, row: 0 });
    expect(cellAt(grid, 37.4, 0)).toBeUndefined();
    expect(cellAt(grid, 37.5 + 10.25 * 3 + 10.2, 8)).toEqual({ column: 3, row: 1 });
    expect(cellAt(grid, 37.5 + 700 * 10.25, 0)).toBeUndefined();
  });

  it('are fetched at the level whose cells are a pixel at least', () => {
    expect([4, 1, 0.9, 0.5, 0.3, 0.25, 0.001].map((pixels) => levelFor(pixels, 4))).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect(halfSteps(700, 3)).toBe(88);
  });

  it('are fetched for what is seen alone', () => {
    const side = 256;
    expect(tilesIn({ x: 0, y: 0, width: 100, height: 100 }, grid, 0, side)).toEqual({
      left: 0,
      right: 0,
      top: 0,
      bottom: 0,
    });
    const seen = { x: 37.5 + 256 * 10.25, y: 0, width: 256 * 10.25, height: 5300 };
    expect(tilesIn(seen, grid, 0, side)).toEqual({ left: 1, right: 2, top: 0, bottom: 1 });
    expect(tilesIn(seen, grid, 2, side)).toEqual({ left: 0, right: 0, top: 0, bottom: 0 });
    expect(tilesIn({ x: -500, y: 0, width: 100, height: 100 }, grid, 0, side)).toBeUndefined();
  });
});

describe('a placement', () => {
  const placement = createPlacement({ width: 800, height: 600 }, 2, { x: -30.3, y: 12.7 }, 0.37);

  it('leads to the screen and back', () => {
    const { x, y, width } = placement.part;
    expect(placement.point(x, y)).toEqual({ x: expect.closeTo(0, 9), y: expect.closeTo(0, 9) });
    expect(placement.point(x + width, y).x).toBeCloseTo(1600, 9);
  });

  it('leaves no gap between neighbours, and no overlap', () => {
    for (let cell = 0; cell < 200; cell++) {
      const here = placement.pixels({ x: 37.5 + cell * 10.25, y: 0, width: 10.25, height: 5 });
      const next = placement.pixels({ x: 37.5 + (cell + 1) * 10.25, y: 0, width: 10.25, height: 5 });
      expect(here.x + here.width).toBe(next.x);
    }
  });
});

it('areas are told in units that can be read', () => {
  expect([2.34567, 0.0123, 0.00099, 0.000004].map(areaText)).toEqual(['2.35 mm²', '0.0123 mm²', '990 µm²', '4 µm²']);
});
