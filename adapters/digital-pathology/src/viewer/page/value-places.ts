import type { Grid, Rectangle } from './view.js';

/** Cells along an axis after it was halved some times, each time with the rest. */
export function halfSteps(count: number, level: number): number {
  let left = count;
  for (let step = 0; step < level; step++) left = Math.ceil(left / 2);
  return left;
}

/** The finest level whose cells are not smaller than a pixel of the screen: none of them can fall between two. */
export function levelFor(pixelsPerCell: number, levels: number): number {
  return Math.max(0, Math.min(levels - 1, Math.ceil(-Math.log2(pixelsPerCell))));
}

/** Tiles of a level that show a part of the slide: first and last column and row; undefined where there is none. */
export function tilesIn(
  part: Rectangle,
  grid: Grid,
  level: number,
  tileSide: number,
): { left: number; top: number; right: number; bottom: number } | undefined {
  const side = tileSide * 2 ** level;
  const across = span(part.x - grid.x, part.width, grid.cellWidth * side, Math.ceil(grid.columns / side));
  const down = span(part.y - grid.y, part.height, grid.cellHeight * side, Math.ceil(grid.rows / side));
  if (across === undefined || down === undefined) return undefined;
  return { left: across.first, right: across.last, top: down.first, bottom: down.last };
}

function span(from: number, extent: number, side: number, count: number): { first: number; last: number } | undefined {
  const first = Math.max(0, Math.floor(from / side));
  const last = Math.min(count - 1, Math.floor((from + extent) / side));
  return last < first ? undefined : { first, last };
}

/** The cell that a point of the slide lies in, in pixels of level 0; undefined beside the map. */
export function cellAt(grid: Grid, x: number, y: number): { column: number; row: number } | undefined {
  const column = Math.floor((x - grid.x) / grid.cellWidth);
  const row = Math.floor((y - grid.y) / grid.cellHeight);
  const isThere = column >= 0 && row >= 0 && column < grid.columns && row < grid.rows;
  return isThere ? { column, row } : undefined;
}

export function isWithin({ x, y, width, height }: Rectangle, px: number, py: number): boolean {
  return px >= x && py >= y && px < x + width && py < y + height;
}
