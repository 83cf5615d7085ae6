import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArrayMap, testGeometry } from '../../testing/array-map.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { ringBreadth } from './ring-breadth.js';
import { simplifyRing } from './simplify-ring.js';
import { type Crs4RoisOptions, type Crs4ShapesOptions, writeCrs4Rois, writeCrs4Shapes } from './write-crs4-shapes.js';

const slide = { geometry: testGeometry(4096 + 20, 2048) };
/** Level 1 of 1029 x 512 in cells of 8: 128 x 64. */
const placed = { columns: 128, rows: 64, cellWidth: 32, cellHeight: 32 };
const scale = Math.sqrt((4116 * 2048) / (128 * 64));
const map = (value: (c: number, r: number) => number) =>
  createArrayMap({ grid: placed, extraction: { level: 1, cell: 8 }, value });
const block = (left: number, top: number, right: number, bottom: number) => (c: number, r: number) =>
  Number(c >= left && c <= right && r >= top && r <= bottom);

const shapes = (of: ReturnType<typeof map>, options: Crs4ShapesOptions = {}) =>
  inTemporaryFolder(async (folder) => {
    await writeCrs4Shapes(of, slide, join(folder, 'a.json'), options);
    return JSON.parse(await readFile(join(folder, 'a.json'), 'utf8')) as {
      shapes: { coordinates: [number, number][]; length: number; area: number }[];
    };
  });

describe('writeCrs4Shapes', () => {
  it('has closed contours through the centres of cells, scaled by one factor', async () => {
    const { shapes: found } = await shapes(map(block(10, 20, 14, 29)));
    expect(found).toHaveLength(1);
    const at = (x: number, y: number) => [(x + 0.5) * scale, (y + 0.5) * scale];
    expect(found[0]?.coordinates).toEqual([at(10, 20), at(10, 29), at(14, 29), at(14, 20), at(10, 20)]);
    expect(found[0]?.area).toBeCloseTo(4 * 9 * scale * scale, 6);
    expect(found[0]?.length).toBeCloseTo(9 * scale, 6);
  });

  it('drops regions of less than 0.02 % of the mask, by the area within the contour', async () => {
    // 0.02 % of 8192 cells are 1.6: a block of 2 x 2 has an area of 1, one of 2 x 3 an area of 2.
    expect((await shapes(map(block(5, 5, 6, 6)))).shapes).toHaveLength(0);
    expect((await shapes(map(block(5, 5, 6, 7)))).shapes).toHaveLength(1);
    expect((await shapes(map(block(0, 5, 127, 5)))).shapes).toHaveLength(0);
  });

  it('compares percentages that are cut off', async () => {
    const of = map((c, r) => block(10, 20, 14, 29)(c, r) * 0.799);
    expect((await shapes(of, { threshold: 0.8 })).shapes).toHaveLength(0);
    expect((await shapes(of, { threshold: 0.79 })).shapes).toHaveLength(1);
    // 34.5 percent are 34, and 35.5 are 36, as Python rounds.
    const third = map((c, r) => block(10, 20, 14, 29)(c, r) * 0.34);
    expect((await shapes(third, { threshold: 0.345 })).shapes).toHaveLength(1);
    const more = map((c, r) => block(10, 20, 14, 29)(c, r) * 0.35);
    expect((await shapes(more, { threshold: 0.355 })).shapes).toHaveLength(0);
  });

  it('has fewer points where that is asked for', async () => {
    const stairs = map((c, r) => Number(r < 40 && c > 10 && c < 20 + r));
    const [exact, simple] = [await shapes(stairs), await shapes(stairs, { simplify: 0.8 })];
    expect(exact.shapes[0]?.coordinates.length).toBeGreaterThanOrEqual(5);
    expect(simple.shapes[0]?.coordinates.length).toBeLessThanOrEqual(exact.shapes[0]?.coordinates.length as number);
  });
});

describe('writeCrs4Rois', () => {
  const rois = (options: Crs4RoisOptions) =>
    inTemporaryFolder(async (folder) => {
      await writeCrs4Rois(map(block(10, 20, 14, 29)), slide, join(folder, 'a.json'), options);
      return JSON.parse(await readFile(join(folder, 'a.json'), 'utf8')) as Record<string, unknown>[];
    });

  it('has the members of the viewer, and counts from the scanned part if asked to', async () => {
    const [roi] = await rois({ origin: 'canvas' });
    const { segments, ...rest } = roi as { segments: { point: { x: number; y: number } }[] };
    expect(rest).toEqual({
      fill_color: '#ffffff',
      fill_alpha: 0.01,
      hidden: false,
      shape_id: 'core_s01_c01',
      stroke_alpha: 1,
      stroke_color: '#0000ff',
      stroke_width: 40,
      type: 'polygon',
    });
    expect(segments[0]?.point).toEqual({ x: 10.5 * scale, y: 20.5 * scale });
    expect(segments.at(-1)).toEqual(segments[0]);
    const [limited] = (await rois({ origin: 'bounds' })) as [{ segments: typeof segments }];
    expect(limited.segments[0]?.point).toEqual({ x: 10.5 * scale - 100, y: 20.5 * scale - 300 });
  });
});

describe('simplifyRing', () => {
  it('keeps what is further away than the tolerance, and nothing else', () => {
    const ring = [0, 0, 5, 0.5, 10, 0, 10, 10, 5, 12, 0, 10];
    expect(simplifyRing(ring, 0.8)).toEqual([0, 0, 10, 0, 10, 10, 5, 12, 0, 10]);
    expect(simplifyRing(ring, 0.4)).toEqual(ring);
  });

  it('leaves a ring that would vanish with three corners', () => {
    expect(simplifyRing([0, 0, 1, 0, 1, 1, 0, 1], 50).length).toBeGreaterThanOrEqual(6);
  });
});

describe('ringBreadth', () => {
  it('is the longer side of the smallest rectangle, however it is turned', () => {
    expect(ringBreadth([0, 0, 7, 0, 7, 3, 0, 3])).toBe(7);
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const turned = [0, 0, 7, 0, 7, 3, 0, 3].map((_, i, all) => {
      const [x, y] = [all[i & ~1] as number, all[i | 1] as number];
      return i % 2 === 0 ? x * c - y * s : x * s + y * c;
    });
    expect(ringBreadth(turned)).toBeCloseTo(7, 9);
  });
});
