import { describe, expect, it } from 'vitest';
import { type LabelGrid, RelationOracle } from './relations.js';

const oracle = new RelationOracle();

/** 1 is the reference, 2 the subject. */
function picture(rows: readonly string[], spacing: readonly [number, number] = [1, 1], isMeasured = true): LabelGrid {
  return {
    size: [rows.length, rows[0]?.length ?? 0],
    labels: rows.flatMap((row) => [...row].map(Number)),
    ...{ spacing, direction: [0, 1, 1, 0], convention: 'IMAGE', isMeasured },
  };
}
const side = (grid: LabelGrid, direction: string) => oracle.degrees(grid, 2, 1, { direction });

describe('the oracle of relations', () => {
  it('measures directions by angles, with y of pictures down', () => {
    const above = picture(['02', '00', '10']);
    const angle = Math.atan(1 / 2) / (Math.PI / 2);
    expect(side(above, 'image-above')?.mean).toBeCloseTo(1 - angle, 14);
    expect(side(above, 'image-right')?.mean).toBeCloseTo(angle, 14);
    expect(side(above, 'image-below')?.mean).toBe(0);
    expect(side(picture(['12']), 'image-right')).toEqual({ necessity: 1, mean: 1, possibility: 1 });
  });

  it('takes millimetres for samples nowhere', () => {
    const stretched = picture(['02', '10'], [1, 3]);
    expect(side(stretched, 'image-right')?.mean).toBeCloseTo(1 - Math.atan(1 / 3) / (Math.PI / 2), 14);
    expect(oracle.degrees(stretched, 2, 1, { nearMm: [2, 4] })?.mean).toBeCloseTo((4 - Math.sqrt(10)) / 2, 14);
  });

  it('tells the least, the mean and the most of a subject', () => {
    const spread = picture(['1202']);
    expect(oracle.degrees(spread, 2, 1, { nearMm: [1, 3] })).toEqual({ necessity: 0, mean: 0.5, possibility: 1 });
  });

  it('calls adjacent what touches, and not what is as far apart as is said', () => {
    const adjacency = (rows: readonly string[]) => oracle.degrees(picture(rows, [2, 2]), 2, 1, { adjacentMm: 2 });
    expect(adjacency(['12'])?.possibility).toBe(1);
    expect(adjacency(['10', '02'])?.possibility).toBe(1);
    expect(adjacency(['102'])?.possibility).toBe(0);
  });

  it('knows where the sides of a body are in either convention', () => {
    const body = (convention: 'LPS' | 'RAS', direction: readonly number[]): LabelGrid => ({
      ...{ size: [1, 1, 2], labels: [1, 2], spacing: [1, 1, 1], isMeasured: true },
      ...{ convention, direction },
    });
    const upright = [0, 0, 1, 0, 1, 0, 1, 0, 0];
    expect(side(body('LPS', upright), 'left')?.mean).toBe(1);
    expect(side(body('RAS', upright), 'left')?.mean).toBe(0);
    expect(side(body('RAS', upright), 'right')?.mean).toBe(1);
    expect(side(body('LPS', [1, 0, 0, 0, 1, 0, 0, 0, 1]), 'superior')?.mean).toBe(1);
    expect(() => side(body('LPS', upright), 'up')).toThrow(RangeError);
  });

  it('says nothing of parts that are not there, nor of distances that have no unit', () => {
    expect(side(picture(['10']), 'image-left')).toBeUndefined();
    expect(oracle.degrees(picture(['12'], [1, 1], false), 2, 1, { nearMm: [1, 2] })).toBeUndefined();
  });
});
