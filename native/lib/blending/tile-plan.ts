/** Where the tiles of a sliding window lie. */
export interface TilePlan {
  /** [height, width] or [depth, height, width] of the whole. */
  readonly extents: readonly number[];
  /** Extents of every tile. */
  readonly tile: readonly number[];
  /** First element of each tile per axis, in raster order: the last axis changes fastest. */
  readonly positions: readonly (readonly number[])[];
}

/**
 * Positions of overlapping tiles that cover an image or a volume.
 *
 * Along an axis tiles follow each other by `floor(tile * (1 - overlap))` elements, at least 1; the last is
 * shifted back so that it ends where the axis ends. These are the positions of MONAI's dense_patch_slices
 * with the scan interval of its sliding_window_inference.
 *
 * Throws RangeError for other than two or three axes, extents that are no positive integers, a tile that is
 * larger than the whole (pad it first), an overlap outside [0, 1), and more than 2^24 tiles.
 *
 * @param overlap share of a tile's extent, for all axes or per axis
 */
export function planTiles(
  extents: readonly number[],
  tile: readonly number[],
  overlap: number | readonly number[],
): TilePlan {
  if ((extents.length !== 2 && extents.length !== 3) || tile.length !== extents.length) {
    throw new RangeError('planTiles: extents and tile have two axes, or three');
  }
  const overlaps = typeof overlap === 'number' ? extents.map(() => overlap) : overlap;
  if (overlaps.length !== extents.length) throw new RangeError('planTiles: an overlap per axis, or one for all');
  const starts = extents.map((extent, axis) => axisStarts(extent, tile[axis] as number, overlaps[axis] as number));
  const count = starts.reduce((product, { length }) => product * length, 1);
  if (count > MOST_TILES) throw new RangeError(`planTiles: at most 2^24 tiles, got ${count}`);
  let positions: number[][] = [[]];
  for (const axis of starts) positions = positions.flatMap((before) => axis.map((start) => [...before, start]));
  return { extents: [...extents], tile: [...tile], positions };
}

const MOST_TILES = 2 ** 24;

function axisStarts(extent: number, tile: number, overlap: number): number[] {
  if (!(Number.isInteger(extent) && extent >= 1 && extent < 2 ** 31)) {
    throw new RangeError(`planTiles: an extent is an integer from 1 to 2^31 - 1, got ${extent}`);
  }
  if (!(Number.isInteger(tile) && tile >= 1 && tile <= extent)) {
    throw new RangeError(`planTiles: a tile extent is an integer from 1 to ${extent}, got ${tile}`);
  }
  if (!(overlap >= 0 && overlap < 1)) throw new RangeError(`planTiles: an overlap is in [0, 1), got ${overlap}`);
  const interval = Math.max(Math.floor(tile * (1 - overlap)), 1);
  const count = Math.ceil((extent - tile) / interval) + 1;
  if (count > MOST_TILES) throw new RangeError(`planTiles: at most 2^24 tiles, got ${count} along one axis`);
  return Array.from({ length: count }, (_, i) => Math.min(i * interval, extent - tile));
}
