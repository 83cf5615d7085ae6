import type { PixelRectangle } from '../slide.js';

/** A stored tile and where its upper left corner lies, in pixels of its level. */
export interface PlacedTile {
  /** Place among the stored tiles or frames, from 0. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/** One resolution, stored as tiles of one size. */
export interface TiledLevel {
  readonly width: number;
  readonly height: number;
  readonly tile: { readonly width: number; readonly height: number };
  /** Tiles that have pixels in a rectangle, in the order in which they are put down. Where none is, nothing is stored. */
  tilesIn(rectangle: PixelRectangle): Iterable<PlacedTile>;
}

/** Tiles that lie row by row without a gap: the common case, which needs no table. */
export function* gridTilesIn(
  level: Pick<TiledLevel, 'width' | 'height' | 'tile'>,
  { x, y, width, height }: PixelRectangle,
): Generator<PlacedTile> {
  const { tile } = level;
  const columns = Math.ceil(level.width / tile.width);
  const [right, bottom] = [Math.min(level.width, x + width), Math.min(level.height, y + height)];
  for (let row = Math.max(0, Math.floor(y / tile.height)); row * tile.height < bottom; row++) {
    for (let column = Math.max(0, Math.floor(x / tile.width)); column * tile.width < right; column++) {
      yield { index: row * columns + column, x: column * tile.width, y: row * tile.height };
    }
  }
}
