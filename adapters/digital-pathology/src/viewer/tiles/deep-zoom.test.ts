import { describe, expect, it } from 'vitest';
import { deepZoomDescriptor, deepZoomOf, extentsOf, reductionOf, TILE_SIZE, tileRectangle } from './deep-zoom.js';

const levels = (width: number, height: number, ...downsamples: number[]) => ({
  levels: downsamples.map((downsample) => ({
    ...{ width: Math.floor(width / downsample), height: Math.floor(height / downsample) },
    downsample,
  })),
});

describe('deepZoomOf', () => {
  it('has level 0 of the slide on top, and all of it in one tile at the bottom', () => {
    const zoom = deepZoomOf(levels(2220, 2967, 1));
    expect(zoom).toEqual({ width: 2220, height: 2967, topLevel: 12, bottomLevel: 9 });
    expect(extentsOf(zoom, 12)).toEqual({ width: 2220, height: 2967 });
    expect(extentsOf(zoom, 9)).toEqual({ width: 278, height: 371 });
    expect(reductionOf(zoom, 9)).toBe(8);
  });

  it('makes no level for which a tile would be read from too many pixels', () => {
    const alone = deepZoomOf(levels(100_000, 80_000, 1));
    expect(reductionOf(alone, alone.bottomLevel)).toBe(32);
    const pyramid = deepZoomOf(levels(100_000, 80_000, 1, 4, 16));
    expect(extentsOf(pyramid, pyramid.bottomLevel)).toEqual({ width: 391, height: 313 });
  });

  it('is one tile for a slide that is smaller than one', () => {
    expect(deepZoomOf(levels(300, 2, 1))).toMatchObject({ topLevel: 9, bottomLevel: 9 });
  });
});

describe('tileRectangle', () => {
  const zoom = deepZoomOf(levels(2220, 2967, 1));

  it('shares a pixel with each neighbour, and none beyond the border', () => {
    expect(tileRectangle(zoom, 12, 0, 0)).toEqual({ x: 0, y: 0, width: 511, height: 511 });
    expect(tileRectangle(zoom, 12, 1, 2)).toEqual({ x: 509, y: 1019, width: 512, height: 512 });
    expect(tileRectangle(zoom, 12, 4, 5)).toEqual({ x: 2039, y: 2549, width: 181, height: 418 });
  });

  it('covers every level without a gap', () => {
    for (let level = zoom.bottomLevel; level <= zoom.topLevel; level++) {
      const { width, height } = extentsOf(zoom, level);
      const across = Math.ceil(width / TILE_SIZE);
      const down = Math.ceil(height / TILE_SIZE);
      let own = 0;
      for (let column = 0; column < across; column++) {
        for (let row = 0; row < down; row++) {
          const tile = tileRectangle(zoom, level, column, row);
          expect(tile).toBeDefined();
          own += Math.min(TILE_SIZE, width - column * TILE_SIZE) * Math.min(TILE_SIZE, height - row * TILE_SIZE);
        }
      }
      expect(own).toBe(width * height);
      expect(tileRectangle(zoom, level, across, 0)).toBeUndefined();
      expect(tileRectangle(zoom, level, 0, down)).toBeUndefined();
    }
  });

  it('is none for a level that is not made', () => {
    expect(tileRectangle(zoom, 8, 0, 0)).toBeUndefined();
    expect(tileRectangle(zoom, 13, 0, 0)).toBeUndefined();
    expect(tileRectangle(zoom, 12, -1, 0)).toBeUndefined();
  });
});

it('describes itself as Deep Zoom does', () => {
  const text = deepZoomDescriptor(deepZoomOf(levels(2220, 2967, 1)));
  expect(text).toContain('<Size Width="2220" Height="2967"/>');
  expect(text).toContain('Overlap="1" TileSize="510"');
});
