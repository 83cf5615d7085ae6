import { describe, expect, it } from 'vitest';
import { createArrayMap } from '../testing/array-map.js';
import { parseRegionsOfInterest, restrictMap } from './regions-of-interest.js';

const rectangle = (change: object = {}) => ({ type: 'rectangle', upper_left: [3, 4], width: 5, height: 6, ...change });

describe('regions of interest', () => {
  it('are read from a collection of rectangles, and may be none', () => {
    expect(parseRegionsOfInterest({ item_count: 1, items: [rectangle()] })).toEqual([
      { x: 3, y: 4, width: 5, height: 6 },
    ]);
    expect(parseRegionsOfInterest({ items: [] })).toEqual([]);
    expect(parseRegionsOfInterest(undefined)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['no collection', { id: 'x' }],
    ['null', null],
    ['a part of a collection', { item_count: 12, items: [rectangle()] }],
    ['a polygon', { items: [{ type: 'polygon', coordinates: [] }] }],
    ['fractions of pixels', { items: [rectangle({ width: 2.5 })] }],
    ['nothing wide', { items: [rectangle({ height: 0 })] }],
    ['a corner beyond the slide', { items: [rectangle({ upper_left: [-1, 4] })] }],
    ['a corner of three', { items: [rectangle({ upper_left: [1, 4, 5] })] }],
  ])('are not read from %s', (_, value) => {
    expect(() => parseRegionsOfInterest(value)).toThrow(/regions of interest/);
  });

  it('keep the cells whose middle lies in one of them', async () => {
    const grid = { columns: 4, rows: 3, x: 10, y: 20, cellWidth: 4, cellHeight: 2 };
    const map = createArrayMap({ grid, value: (column, row) => column * 10 + row });
    // Middles lie at x = 12, 16, 20, 24 and y = 21, 23, 25.
    const regions = [
      { x: 12, y: 21, width: 4, height: 2 },
      { x: 19, y: 0, width: 6, height: 22 },
      { x: 0, y: 25, width: 1000, height: 1 },
    ];
    const kept = await restrictMap(map, regions).readRows(0, 3);
    const missing = Number.NaN;
    expect([...kept]).toEqual([0, missing, 20, 30, missing, missing, missing, missing, 2, 12, 22, 32]);
    expect([...(await restrictMap(map, regions).readRows(2, 1))]).toEqual([2, 12, 22, 32]);
    expect(restrictMap(map, [])).toBe(map);
  });
});
