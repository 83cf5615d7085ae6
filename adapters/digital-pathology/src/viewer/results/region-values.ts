import type { MapGrid } from '../../map/slide-map.js';

/** Values of the cells whose centres lie within a region. */
export interface RegionValues {
  readonly highest: number;
  readonly mean: number;
}

/**
 * Highest and mean value of a region, holes left out.
 *
 * @param rings closed, x, y, x, y … in pixels of level 0
 * @returns undefined if the region has no cell that was examined
 */
export function regionValues(
  rings: readonly (readonly number[])[],
  grid: MapGrid,
  values: Float32Array,
): RegionValues | undefined {
  let [highest, sum, count] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const [row, crossings] of crossingsByRow(rings, grid)) {
    crossings.sort((a, b) => a - b);
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const first = Math.max(0, Math.ceil(crossings[at] as number));
      const end = Math.min(grid.columns, Math.ceil(crossings[at + 1] as number));
      for (let column = first; column < end; column++) {
        const value = values[row * grid.columns + column] as number;
        if (Number.isNaN(value)) continue;
        highest = Math.max(highest, value);
        sum += value;
        count++;
      }
    }
  }
  return count === 0 ? undefined : { highest, mean: sum / count };
}

/** Where rings cross the middle lines of rows, in columns, counted so that whole numbers are centres of cells. */
function crossingsByRow(rings: readonly (readonly number[])[], grid: MapGrid): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  const columnOf = (x: number) => (x - grid.x) / grid.cellWidth - 0.5;
  const rowOf = (y: number) => (y - grid.y) / grid.cellHeight - 0.5;
  for (const ring of rings) {
    for (let at = 0; at + 3 < ring.length; at += 2) {
      const [x0, y0] = [columnOf(ring[at] as number), rowOf(ring[at + 1] as number)];
      const [x1, y1] = [columnOf(ring[at + 2] as number), rowOf(ring[at + 3] as number)];
      const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
      for (let row = Math.max(0, Math.ceil(top)); row < Math.min(bottom, grid.rows); row++) {
        const x = x0 + ((row - y0) / (y1 - y0)) * (x1 - x0);
        const found = rows.get(row);
        if (found === undefined) rows.set(row, [x]);
        else found.push(x);
      }
    }
  }
  return rows;
}
