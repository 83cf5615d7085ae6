import type { Picture } from './painted-picture.js';
import { expectedPixel, meanOfRed } from './slide-oracle.js';

/** What a map must say of a cell; places and extents are in pixels of level 0. */
export interface ExpectedCell {
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** Cells that cover a slide, the last of them in part, by rows. */
export interface ExpectedCells {
  readonly columns: number;
  readonly rows: number;
  readonly side: number;
  /** Columns and rows that the slide fills. */
  readonly whole: { readonly columns: number; readonly rows: number };
  readonly cells: readonly ExpectedCell[];
}

/** Of the tile model: the mean of red of each cell. */
export function expectedTiles(slide: Picture, side: number): ExpectedCells {
  return cellsOf(slide, side, (x, y) => meanOfRed(slide, { x, y, width: side, height: side }));
}

/** Of the pixel model. */
export function expectedPixels(slide: Picture): ExpectedCells {
  return cellsOf(slide, 1, (x, y) => expectedPixel(slide, x, y));
}

function cellsOf({ width, height }: Picture, side: number, value: (x: number, y: number) => number): ExpectedCells {
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const cells = Array.from({ length: columns * rows }, (_, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    const [x, y] = [column * side, row * side];
    return { column, row, x, y, value: value(x, y) };
  });
  const whole = { columns: Math.floor(width / side), rows: Math.floor(height / side) };
  return { columns, rows, side, whole, cells };
}
