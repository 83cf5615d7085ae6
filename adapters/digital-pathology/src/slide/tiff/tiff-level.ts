import { unreadable } from '../slide-errors.js';
import { gridTilesIn, type TiledLevel } from '../tiles/tiled-level.js';
import type { TiffFields, TiffFile } from './tiff-file.js';

/** How the tiles of a directory are written. */
export interface TiffTileFormat {
  readonly compression: number;
  /** 2 RGB, 6 YCbCr. */
  readonly photometric: number;
  /** 2 for differences between neighbours. */
  readonly predictor: number;
  /** 3, or 4 with an alpha. */
  readonly samples: 3 | 4;
  /** ExtraSamples: 1 for an alpha that the colours are multiplied with already; another for one that they are not. */
  readonly alpha: number;
  readonly jpegTables?: Buffer;
}

/** A directory of tiles. */
export interface TiffLevel extends TiledLevel {
  readonly format: TiffTileFormat;
  readonly offsets: Float64Array;
  readonly byteCounts: Float64Array;
}

export const COMPRESSION = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  oldDeflate: 32946,
  aperioYcbcr: 33003,
  aperioRgb: 33005,
} as const;

const MOST_EXTENT = 10_000_000;
const MOST_TILE_PIXELS = 2 ** 24;
const TILE_OFFSETS = 324;
const JPEG_TABLES = 347;
const MOST_TABLE_BYTES = 64 * 1024;

/** Whether a directory's picture is written in tiles. */
export function isTiled(fields: TiffFields): boolean {
  return fields.has(TILE_OFFSETS);
}

/**
 * A directory of tiles, checked.
 *
 * @throws DH_SLIDE_UNREADABLE
 */
export async function readTiffLevel(file: TiffFile, fields: TiffFields): Promise<TiffLevel> {
  const number = async (tag: number, absent: number) => (await file.numbers(fields, tag))[0] ?? absent;
  const [width, height] = [await number(256, 0), await number(257, 0)];
  const tile = { width: await number(322, 0), height: await number(323, 0) };
  const isExtent = (value: number) => Number.isInteger(value) && value >= 1 && value <= MOST_EXTENT;
  if (![width, height, tile.width, tile.height].every(isExtent) || tile.width * tile.height > MOST_TILE_PIXELS) {
    throw unreadable('is a TIFF whose picture or tiles have extents that are none');
  }
  const samples = await number(277, 1);
  const bits = await file.numbers(fields, 258);
  const planar = await number(284, 1);
  const isColour = samples === 3 || samples === 4;
  if (!isColour || planar !== 1 || bits.length === 0 || bits.some((value) => value !== 8)) {
    throw unreadable('is a TIFF whose pixels are not three samples of 8 bits side by side');
  }
  const [offsets, byteCounts] = [await file.offsets(fields, TILE_OFFSETS), await file.offsets(fields, 325)];
  const count = Math.ceil(width / tile.width) * Math.ceil(height / tile.height);
  if (offsets.length !== count || byteCounts.length !== count) {
    throw unreadable(`is a TIFF with ${offsets.length} tiles, where its extents ask for ${count}`);
  }
  if ((fields.get(JPEG_TABLES)?.count ?? 0) > MOST_TABLE_BYTES)
    throw unreadable('is a damaged TIFF: its tables are too long');
  const jpegTables = await file.bytes(fields, JPEG_TABLES);
  const extents = { width, height, tile };
  return {
    ...extents,
    ...{ offsets, byteCounts },
    format: {
      compression: await number(259, COMPRESSION.none),
      photometric: await number(262, 2),
      predictor: await number(317, 1),
      samples,
      alpha: await number(338, 0),
      ...(jpegTables === undefined ? {} : { jpegTables }),
    },
    tilesIn: (rectangle) => gridTilesIn(extents, rectangle),
  };
}
