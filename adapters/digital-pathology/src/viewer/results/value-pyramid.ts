import type { MapGrid } from '../../map/slide-map.js';

/** Cells along a side of a tile of values. */
export const VALUE_TILE = 256;

export interface ValueLevel {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
}

/** A map by the size of what is shown: level 0 is the map, and each one after it has a cell for 2 x 2. */
export interface ValuePyramid {
  readonly levels: number;
  /**
   * Values of a tile of a level, as 32-bit floats in little-endian order, by rows; those at the border are smaller.
   *
   * @returns undefined if there is no such tile
   */
  tile(level: number, column: number, row: number): Buffer | undefined;
}

/**
 * A cell of a coarser level has the highest value of those it stands for: whatever reaches a threshold is seen at
 * every zoom. NaN where none of them was examined.
 */
export function createValuePyramid(grid: Pick<MapGrid, 'columns' | 'rows'>, values: Float32Array): ValuePyramid {
  const made: ValueLevel[] = [{ columns: grid.columns, rows: grid.rows, values }];
  const levels = 1 + Math.max(0, Math.ceil(Math.log2(Math.max(grid.columns, grid.rows) / VALUE_TILE)));
  return {
    levels,
    tile(level, column, row) {
      if (!Number.isInteger(level) || level < 0 || level >= levels) return undefined;
      while (made.length <= level) made.push(halved(made[made.length - 1] as ValueLevel));
      return cut(made[level] as ValueLevel, column, row);
    },
  };
}

export function halved({ columns, rows, values }: ValueLevel): ValueLevel {
  const [across, down] = [Math.ceil(columns / 2), Math.ceil(rows / 2)];
  const highest = new Float32Array(across * down).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] as number;
      const at = (row >> 1) * across + (column >> 1);
      // Comparing with NaN is false: the first value goes in, and then what is higher.
      if (!((highest[at] as number) >= value) && !Number.isNaN(value)) highest[at] = value;
    }
  }
  return { columns: across, rows: down, values: highest };
}

function cut({ columns, rows, values }: ValueLevel, column: number, row: number): Buffer | undefined {
  const isPlace = [column, row].every((place) => Number.isInteger(place) && place >= 0);
  const [left, top] = [column * VALUE_TILE, row * VALUE_TILE];
  if (!isPlace || left >= columns || top >= rows) return undefined;
  const [width, height] = [Math.min(VALUE_TILE, columns - left), Math.min(VALUE_TILE, rows - top)];
  const bytes = Buffer.alloc(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      bytes.writeFloatLE(values[(top + y) * columns + left + x] as number, 4 * (y * width + x));
    }
  }
  return bytes;
}
