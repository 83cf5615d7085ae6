import { describe, expect, it } from 'vitest';
import { tissueMaskTwin, tissueThresholdTwin } from '../twins.js';
import { type RgbTile, tissueMask, tissueThreshold } from './index.js';

/** A tile of rows of grey levels, a character each: space is white, # is black, o is 128. */
function drawn(...lines: string[]): RgbTile {
  const width = lines[0]?.length ?? 0;
  const levels = [...lines.join('')].flatMap((sign) => Array(3).fill(sign === '#' ? 0 : sign === 'o' ? 128 : 255));
  return { pixels: Uint8Array.from(levels), width, height: lines.length };
}

function maskOf(tile: RgbTile, threshold: number, mask = tissueMask): string[] {
  const bytes = new Uint8Array(tile.width * tile.height);
  mask(tile, threshold, bytes);
  const signs = Array.from(bytes, (byte) => '.#'[byte]).join('');
  return Array.from({ length: tile.height }, (_, y) => signs.slice(y * tile.width, (y + 1) * tile.width));
}

/** A square ring of black on white, its walls one pixel wide. */
function ring(side: number, margin: number): RgbTile {
  const width = side + 2 * margin;
  const isWall = (x: number, y: number) => {
    const isEdge = (v: number) => v === margin || v === margin + side - 1;
    const isWithin = (v: number) => v >= margin && v < margin + side;
    return (isEdge(x) && isWithin(y)) || (isEdge(y) && isWithin(x));
  };
  const pixels = new Uint8Array(width * width * 3).fill(255);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) if (isWall(x, y)) pixels.fill(0, (y * width + x) * 3, (y * width + x) * 3 + 3);
  }
  return { pixels, width, height: width };
}

describe.each([
  { by: 'the addon or its fallback', mask: tissueMask, threshold: tissueThreshold },
  { by: 'the twin', mask: tissueMaskTwin, threshold: tissueThresholdTwin },
])('tissue by $by', ({ mask, threshold }) => {
  it('dilates dark pixels by a disc of radius 2', () => {
    const tile = drawn('       ', '       ', '       ', '   #   ', '       ', '       ', '       ');
    expect(maskOf(tile, 255, mask)).toEqual([
      '.......',
      '...#...',
      '..###..',
      '.#####.',
      '..###..',
      '...#...',
      '.......',
    ]);
  });

  it('takes what is darker than the threshold, and not what equals it', () => {
    const tile = drawn('o');
    expect(maskOf(tile, 128, mask)).toEqual(['.']);
    expect(maskOf(tile, 129, mask)).toEqual(['#']);
  });

  it('dilates across the edge of the tile into nothing', () => {
    expect(maskOf(drawn('#   '), 255, mask)).toEqual(['###.']);
  });

  it('fills holes only behind walls that a step does not cross', () => {
    // The dilated wall is 5 wide: a step of -10..9 crosses it.
    expect(maskOf(ring(41, 5), 255, mask)[25]).toContain('.'.repeat(30));
    // A solid frame of 12 is not crossed, its inside is filled.
    const solid = ring(41, 5);
    for (let k = 1; k < 12; k++) {
      const inner = ring(41 - 2 * k, 5 + k);
      inner.pixels.forEach((byte, i) => {
        if (byte === 0) solid.pixels[i] = 0;
      });
    }
    expect(maskOf(solid, 255, mask)[25]).toBe(`...${'#'.repeat(45)}...`);
  });

  it('separates levels by the largest variance between classes', () => {
    // Six pixels of 128 and a white border of 10 around 2 x 3 and white.
    expect(threshold([drawn('oo', 'oo', 'oo')])).toBe(128);
    expect(threshold([drawn('  ', '  ')])).toBe(255);
    // Black, 128 and much white: the best split is below 128 or above, never at black's own class alone
    // when 128 is common.
    expect(threshold([drawn('#'.repeat(2) + 'o'.repeat(30))])).toBe(128);
  });

  it('finds one threshold for tiles together, so that a blank one has no tissue', () => {
    const next = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 243 + ((i * 2654435761) % 7));
    const blank: RgbTile = { pixels: next, width: 64, height: 64 };
    const tissue: RgbTile = { pixels: new Uint8Array(64 * 64 * 3).fill(120), width: 64, height: 64 };
    expect(maskOf(blank, threshold([blank]), mask).join('')).toContain('#');
    expect(maskOf(blank, threshold([blank, tissue]), mask).join('')).not.toContain('#');
  });

  it('refuses tiles, thresholds and masks that do not fit', () => {
    const tile = drawn('oo');
    expect(() => threshold([])).toThrow(RangeError);
    expect(() => threshold([{ ...tile, width: 3 }])).toThrow(RangeError);
    expect(() => mask(tile, 256, new Uint8Array(2))).toThrow(RangeError);
    expect(() => mask(tile, Number.NaN, new Uint8Array(2))).toThrow(RangeError);
    expect(() => mask(tile, 1, new Uint8Array(3))).toThrow(RangeError);
    expect(() => mask({ pixels: new Uint8Array(0), width: 0, height: 0 }, 1, new Uint8Array(0))).toThrow(RangeError);
  });
});
