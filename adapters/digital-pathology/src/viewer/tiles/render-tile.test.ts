import { describe, expect, it } from 'vitest';
import { paintedSlide } from '../../testing/painted-slide.js';
import { deepZoomOf, TILE_SIZE } from './deep-zoom.js';
import { bestLevel, renderTile } from './render-tile.js';

/** Columns and rows of 64 pixels, in colours of their own. */
const paint = (x: number, y: number): [number, number, number] => [(x >> 6) * 3, (y >> 6) * 3, 50];

function pixelOf(tile: { width: number; pixels: Uint8Array } | undefined, x: number, y: number): number[] {
  const at = (y * (tile?.width ?? 0) + x) * 3;
  return [...(tile?.pixels.subarray(at, at + 3) ?? [])];
}

describe('renderTile', () => {
  it('shows level 0 as it is, each pixel at its place', async () => {
    const slide = paintedSlide({ width: 1500, height: 1100, paint });
    const zoom = deepZoomOf(slide.geometry);
    const tile = await renderTile(slide, zoom, { level: zoom.topLevel, column: 1, row: 1 });
    // The first pixel is the one that is shared with the tile before.
    expect(pixelOf(tile, 0, 0)).toEqual(paint(TILE_SIZE - 1, TILE_SIZE - 1));
    expect(pixelOf(tile, 67, 3)).toEqual(paint(TILE_SIZE + 66, TILE_SIZE + 2));
  });

  it('is white beyond the canvas, where the last pixel covers less than a whole one', async () => {
    const slide = paintedSlide({ width: 1501, height: 1100, paint: () => [0, 0, 0] });
    const zoom = deepZoomOf(slide.geometry);
    const tile = await renderTile(slide, zoom, { level: zoom.topLevel - 1, column: 1, row: 0 });
    expect(tile?.width).toBe(751 - (TILE_SIZE - 1));
    expect(pixelOf(tile, (tile?.width ?? 0) - 2, 10)).toEqual([0, 0, 0]);
    expect(pixelOf(tile, (tile?.width ?? 0) - 1, 10)).toEqual([128, 128, 128]);
  });

  it('reads the coarsest level that is fine enough, and finds the same place there', async () => {
    const slide = paintedSlide({ width: 4096, height: 2048, downsamples: [1, 4, 16], paint });
    const zoom = deepZoomOf(slide.geometry);
    // Reduced by 8: from the level of 4, by 2.
    const tile = await renderTile(slide, zoom, { level: zoom.topLevel - 3, column: 0, row: 0 });
    expect(slide.reads).toEqual([{ x: 0, y: 0, width: 1022, height: 512 }]);
    expect(pixelOf(tile, 8 * 20 + 3, 8 * 10 + 3)).toEqual(paint(64 * 20, 64 * 10));
  });

  it('keeps places where levels are no exact fractions of level 0', async () => {
    const slide = paintedSlide({ width: 4099, height: 2050, downsamples: [1, 4.0029], paint });
    const zoom = deepZoomOf(slide.geometry);
    const tile = await renderTile(slide, zoom, { level: zoom.topLevel - 2, column: 1, row: 0 });
    expect(slide.reads.every(({ width }) => width < 600)).toBe(true);
    // Middles of squares of 64, counted in pixels of 4 from the first of the tile.
    for (const square of [34, 40, 60]) {
      const x = (square * 64 + 32) / 4 - (TILE_SIZE - 1);
      expect(pixelOf(tile, x, 100)[0]).toBe(square * 3);
    }
  });

  it('answers nothing for a tile that does not exist', async () => {
    const slide = paintedSlide({ width: 100, height: 100, paint });
    expect(await renderTile(slide, deepZoomOf(slide.geometry), { level: 7, column: 1, row: 0 })).toBeUndefined();
  });
});

describe('bestLevel', () => {
  const levels = [1, 4.0001, 16.0005].map((downsample) => ({ width: 1, height: 1, downsample }));

  it('takes what a rounding separates from the reduction for the same', () => {
    expect([1, 2, 4, 8, 16, 64].map((reduction) => bestLevel(levels, reduction))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});
