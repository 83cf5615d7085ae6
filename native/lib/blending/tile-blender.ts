import { accumulateTile, finishRows } from './blend-kernels.js';
import { createBlendWindow } from './blend-window.js';
import type { TilePlan } from './tile-plan.js';
import { type TileWeighting, tileWeights } from './tile-weights.js';

export interface TileBlenderOptions {
  readonly plan: TilePlan;
  readonly channels: number;
  readonly weighting: TileWeighting;
  /**
   * What a place is that only skipped tiles would have covered: `error`, the default, refuses to hand it out,
   * `nan` makes it NaN. It is never 0, which would look like a result.
   */
  readonly uncovered?: 'error' | 'nan';
}

/** Rows that no later tile touches: lines of an image, slices of a volume. */
export interface FinishedRows {
  readonly first: number;
  readonly count: number;
  /** [channels, count, width] or [channels, count, height, width]; the caller's to keep. */
  readonly values: Float32Array;
}

export interface TileBlender {
  /** Where the next tile lies; undefined when all tiles are in. */
  readonly nextPosition: readonly number[] | undefined;
  /**
   * Adds the tile of the plan's next position: [channels, height, width] or [channels, depth, height, width].
   * Throws RangeError for another position or length, and Error while rows above the tile wait to be taken.
   */
  add(tile: Float32Array, position: readonly number[]): void;
  /** Leaves the tile of the plan's next position out. */
  skip(position: readonly number[]): void;
  /**
   * The rows that became final since the last call, or undefined. Throws Error if a tile's absence left a place
   * uncovered and such places are errors; the rows are then lost.
   */
  takeFinishedRows(): FinishedRows | undefined;
}

/**
 * Blends overlapping tiles of a sliding window into one result: the sum of weight times value over the sum of
 * weights, in FP64, tiles in the plan's order. Memory holds as many rows as a tile has, whatever the whole's
 * extent: take the finished rows after every tile.
 */
export function createTileBlender(options: TileBlenderOptions): TileBlender {
  const { plan, channels, weighting, uncovered = 'error' } = options;
  const { extents, tile, positions } = plan;
  if (uncovered !== 'error' && uncovered !== 'nan') throw new RangeError('createTileBlender: "error" or "nan"');
  checkPlan(plan);
  const weights = tileWeights(weighting, tile);
  const isVolume = extents.length === 3;
  const [totalRows, height, width] = (isVolume ? extents : [extents[0], 1, extents[1]]) as [number, number, number];
  const window = createBlendWindow(tile[0] as number, channels, height, width);
  let next = 0;
  let taken = 0;

  /** Rows before this one are touched by no tile from the next on. */
  const finishedEnd = () => positions[next]?.[0] ?? totalRows;

  const requireNext = (position: readonly number[]) => {
    const expected = positions[next];
    if (expected?.length === position.length && expected.every((start, axis) => start === position[axis])) return;
    throw new RangeError(`the next tile of the plan is at [${expected ?? 'none'}], not at [${position}]`);
  };

  return {
    get nextPosition() {
      return positions[next];
    },
    add(values, position) {
      requireNext(position);
      const [row, top, left] = (isVolume ? position : [position[0], 0, position[1]]) as [number, number, number];
      if (row > taken) throw new Error(`rows ${taken} to ${row - 1} are finished and wait to be taken`);
      accumulateTile(window, values, { slot: row % window.rows, top, left }, weights);
      next++;
    },
    skip(position) {
      requireNext(position);
      next++;
    },
    takeFinishedRows() {
      const first = taken;
      const count = Math.min(finishedEnd() - first, window.rows);
      if (count <= 0) return undefined;
      const values = new Float32Array(channels * count * height * width);
      const missing = finishRows(window, first % window.rows, count, values);
      taken += count;
      if (missing > 0 && uncovered === 'error') {
        throw new Error(`no tile covers ${missing} places of the rows ${first} to ${first + count - 1}`);
      }
      return { first, count, values };
    },
  };
}

/** A plan can come from elsewhere: its tiles lie inside, and their order is what bounds the memory. */
function checkPlan({ extents, tile, positions }: TilePlan): void {
  const axes = extents.length;
  if ((axes !== 2 && axes !== 3) || tile.length !== axes) {
    throw new RangeError('createTileBlender: extents and tile have two axes, or three');
  }
  let row = 0;
  for (const position of positions) {
    const isInside =
      position.length === axes &&
      position.every((start, axis) => {
        const most = (extents[axis] as number) - (tile[axis] as number);
        return Number.isInteger(start) && start >= 0 && start <= most;
      });
    if (!isInside) throw new RangeError(`createTileBlender: a tile at [${position}] does not lie inside`);
    if ((position[0] as number) < row) throw new RangeError('createTileBlender: tiles are not in raster order');
    row = position[0] as number;
  }
}
