import { describe, expect, it } from 'vitest';
import type { SlideGeometry } from '../slide/slide.js';
import { planTiles, type TileSettings, tileCentre, tileRegion } from './tile-plan.js';

function geometry(width: number, height: number, mpp = 0.5, downsamples = [1, 4, 16]): SlideGeometry {
  return {
    levels: downsamples.map((downsample) => ({
      ...{ width: Math.ceil(width / downsample), height: Math.ceil(height / downsample), downsample },
    })),
    micronsPerPixel: { x: mpp, y: mpp, source: 'test' },
    bounds: { x: 0, y: 0, width, height },
  };
}
const at = (micronsPerPixel: number, tolerance = 0.05) => ({ micronsPerPixel, tolerance });
const settings = (change: Partial<TileSettings> = {}): TileSettings => ({
  ...{ tileSize: 256, stride: 256, kind: 'tiles', scale: at(0.5) },
  ...change,
});

describe('planTiles', () => {
  it('reads the coarsest level that is fine enough', () => {
    expect(planTiles(geometry(10_000, 10_000), settings({ scale: at(2) }))).toMatchObject({ level: 1, readSize: 256 });
    expect(planTiles(geometry(10_000, 10_000), settings({ scale: at(1.96) }))).toMatchObject({ level: 1 });
    expect(planTiles(geometry(10_000, 10_000), settings({ scale: at(1.9) }))).toMatchObject({ level: 0 });
    expect(planTiles(geometry(10_000, 10_000), settings({ scale: at(1) }))).toMatchObject({ level: 0, readSize: 512 });
    expect(planTiles(geometry(10_000, 10_000), settings({ scale: at(7.9) }))).toMatchObject({ level: 2 });
  });

  it('never enlarges: a slide that is too coarse is refused with both numbers', () => {
    expect(() => planTiles(geometry(10_000, 10_000, 1), settings({ scale: at(0.5) }))).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_UNSUITABLE', message: expect.stringMatching(/0\.5 .*has 1\./) }),
    );
    expect(() => planTiles(geometry(10_000, 10_000, 0.52), settings({ scale: at(0.5) }))).not.toThrow();
  });

  it.each([
    [256, 256, 0.73],
    [258, 256, 3.3],
    [512, 448, 0.9],
    [224, 112, 1.3],
    [300, 288, 1.77],
  ])('lays tiles of %i every %i pixels at %f um on whole pixels', (tileSize, stride, microns) => {
    const plan = planTiles(geometry(40_000, 30_000, 0.25), settings({ tileSize, stride, scale: at(microns, 0.1) }));
    for (const number of [plan.readSize, plan.readStride, (plan.readSize - plan.readStride) / 2]) {
      expect(Number.isInteger(number)).toBe(true);
    }
    expect(plan.readSize).toBeGreaterThanOrEqual(plan.preparedSize);
    expect(plan.preparedSize).toBeGreaterThanOrEqual(tileSize);
    // The margin that is read beyond a tile's own is small beside a tile.
    expect(plan.preparedSize).toBeLessThan(1.3 * tileSize);
    expect(plan.readSize / plan.preparedSize).toBeCloseTo(plan.readStride / plan.stride, 12);
    expect(Math.abs(plan.micronsPerPixel.x / microns - 1)).toBeLessThan(0.1);
    // What is stated is what is read.
    const { downsample } = geometry(40_000, 30_000, 0.25).levels[plan.level] as { downsample: number };
    expect(plan.micronsPerPixel.x).toBeCloseTo((0.25 * downsample * plan.readStride) / stride, 12);
  });

  it('covers the whole canvas, its last column in part', () => {
    const plan = planTiles(geometry(1000, 513), settings());
    expect(plan).toMatchObject({ columns: 4, rows: 3, grid: { columns: 4, rows: 3, cellWidth: 256, x: 0, y: 0 } });
    expect(planTiles(geometry(1000, 513), settings({ remainder: 'drop' })).grid).toMatchObject({ columns: 3, rows: 2 });
  });

  it('has a cell for each pixel of the model where it is asked for pixels', () => {
    const plan = planTiles(geometry(1001, 700), settings({ kind: 'pixels', scale: at(1), tileSize: 66, stride: 64 }));
    // 500.5 and 350 pixels of 1 um.
    expect(plan.grid).toMatchObject({ columns: 501, rows: 350, cellWidth: 2, cellHeight: 2 });
    expect(plan).toMatchObject({ columns: 8, rows: 6, halo: 1, readSize: 132, readStride: 128 });
    expect(tileRegion(plan, 0, 0)).toEqual({ x: -2, y: -2, width: 132, height: 132 });
    expect(tileRegion(plan, 3, 1)).toEqual({ x: 382, y: 126, width: 132, height: 132 });
    expect(tileCentre(plan, geometry(1001, 700), 3, 1)).toEqual({ x: 384, y: 128, width: 128, height: 128 });
  });

  it('reads a level as it is when it is told to, and positions count in level 0', () => {
    const slide = geometry(10_000, 10_000);
    const plan = planTiles(slide, settings({ scale: { level: 1 } }));
    expect(plan).toMatchObject({ level: 1, readSize: 256, columns: 10, rows: 10 });
    expect(plan.grid.cellWidth).toBe(1024);
    expect(tileCentre(plan, slide, 2, 0)).toMatchObject({ x: 2048, width: 1024 });
    expect(() => planTiles(slide, settings({ scale: { level: 3 } }))).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_REGION_INVALID', message: expect.stringContaining('0 to 2') }),
    );
  });

  it('refuses what is no slide', () => {
    expect(() => planTiles(geometry(2 ** 31, 2 ** 31), settings({ tileSize: 1, stride: 1 }))).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_UNSUITABLE' }),
    );
    expect(() => planTiles(geometry(100, 100), settings({ remainder: 'drop' }))).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_UNSUITABLE' }),
    );
  });
});
