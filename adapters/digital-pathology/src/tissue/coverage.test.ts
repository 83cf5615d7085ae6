import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createCoverage } from './coverage.js';

describe('createCoverage', () => {
  it('counts cells that a rectangle covers in part by their part', () => {
    // Two columns, the left one marked, of cells of 10 x 20 pixels from (100, 50) on.
    const coverage = createCoverage(Uint8Array.of(1, 0), {
      ...{ columns: 2, rows: 1, x: 100, y: 50, cellWidth: 10, cellHeight: 20 },
    });
    expect(coverage.share({ x: 100, y: 50, width: 10, height: 20 })).toBe(1);
    expect(coverage.share({ x: 105, y: 50, width: 10, height: 20 })).toBeCloseTo(0.5, 12);
    expect(coverage.share({ x: 110, y: 50, width: 10, height: 20 })).toBe(0);
    expect(coverage.share({ x: 104, y: 60, width: 12, height: 2 })).toBeCloseTo(0.5, 12);
    // Half of it lies outside, where nothing is marked.
    expect(coverage.share({ x: 90, y: 50, width: 20, height: 20 })).toBeCloseTo(0.5, 12);
    expect(coverage.share({ x: 0, y: 0, width: 5, height: 5 })).toBe(0);
  });

  it('is the area that counting gives, for any rectangle', () => {
    const random = seededRandom(7);
    const [columns, rows] = [23, 17];
    const marks = Uint8Array.from({ length: columns * rows }, () => (random() < 0.4 ? 1 : 0));
    const coverage = createCoverage(marks, { columns, rows, x: 3, y: -5, cellWidth: 2.5, cellHeight: 4 });
    for (let round = 0; round < 200; round++) {
      const [x, y] = [random() * 60 - 5, random() * 70 - 10];
      const [width, height] = [random() * 30 + 0.1, random() * 30 + 0.1];
      let area = 0;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          if (marks[r * columns + c] === 0) continue;
          const across = Math.min(x + width, 3 + (c + 1) * 2.5) - Math.max(x, 3 + c * 2.5);
          const down = Math.min(y + height, -5 + (r + 1) * 4) - Math.max(y, -5 + r * 4);
          if (across > 0 && down > 0) area += across * down;
        }
      }
      expect(coverage.share({ x, y, width, height })).toBeCloseTo(area / (width * height), 9);
    }
  });
});
