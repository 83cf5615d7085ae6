import { describe, expect, it } from 'vitest';
import { columnOfTiles, TILE_SIDE } from './pixelmap-tiles.js';

describe('tiles of a pixelmap', () => {
  it('are whole, one below the other, in little-endian float32', () => {
    const [width, rows] = [TILE_SIDE + 3, TILE_SIDE + 2];
    const values = Float32Array.from({ length: width * rows }, (_, at) => at / 65_536);
    const bytes = Buffer.from(columnOfTiles(values, width, 1, 2));
    expect(bytes.length).toBe(2 * TILE_SIDE * TILE_SIDE * 4);
    const at = (x: number, y: number) => bytes.readFloatLE((y * TILE_SIDE + x) * 4);
    expect(at(2, 5)).toBe((5 * width + TILE_SIDE + 2) / 65_536);
    expect(at(0, TILE_SIDE + 1)).toBe(((TILE_SIDE + 1) * width + TILE_SIDE) / 65_536);
    // Beyond the values, to the right and below.
    expect(at(3, 5)).toBe(-1);
    expect(at(2, TILE_SIDE + 2)).toBe(-1);
    expect(at(TILE_SIDE - 1, 2 * TILE_SIDE - 1)).toBe(-1);
  });

  it('say -1 where nothing was examined, and 0 only for a probability of 0', () => {
    const values = Float32Array.from([0, Number.NaN, 1, Number.NaN]);
    const bytes = Buffer.from(columnOfTiles(values, 4, 0, 1));
    expect([0, 1, 2, 3].map((x) => bytes.readFloatLE(x * 4))).toEqual([0, -1, 1, -1]);
  });
});
