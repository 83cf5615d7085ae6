import type { Slide, SlideLevel } from '../../slide/slide.js';
import { areaMeans, coveredSpan } from './area-means.js';
import { type DeepZoom, reductionOf, tileRectangle } from './deep-zoom.js';

/** Pixels of a tile: RGB, [height, width, 3]. */
export interface TilePixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Levels of slides are off by the rounding of their extents: a level that is 1 % too coarse counts as fine enough. */
const SAME_REDUCTION = 1.01;
/** Source pixels that are read at a time. */
const STRIP_PIXELS = 2 ** 22;

/**
 * A tile of the slide as Deep Zoom, from the coarsest level that is fine enough, reduced by the means of areas. What
 * lies beyond the canvas is white, as bare glass is.
 *
 * @returns undefined if there is no such tile
 * @throws DH_SLIDE_REGION_UNREADABLE, DH_CANCELLED
 */
export async function renderTile(
  slide: Pick<Slide, 'geometry' | 'readRegion'>,
  zoom: DeepZoom,
  place: { readonly level: number; readonly column: number; readonly row: number },
  signal?: AbortSignal,
): Promise<TilePixels | undefined> {
  const rectangle = tileRectangle(zoom, place.level, place.column, place.row);
  if (rectangle === undefined) return undefined;
  const { levels } = slide.geometry;
  const reduction = reductionOf(zoom, place.level);
  const level = bestLevel(levels, reduction);
  const step = reduction / (levels[level] as SlideLevel).downsample;
  const { x, y, width, height } = rectangle;
  const pixels = new Uint8Array(width * height * 3);
  const columns = { first: x, count: width };
  const across = coveredSpan(columns, step);
  const rowsAtOnce = Math.max(1, Math.floor(STRIP_PIXELS / ((across.to - across.from) * step)));
  for (let first = 0; first < height; first += rowsAtOnce) {
    const rows = { first: y + first, count: Math.min(rowsAtOnce, height - first) };
    const down = coveredSpan(rows, step);
    const part = { x: across.from, y: down.from, width: across.to - across.from, height: down.to - down.from };
    const read = await slide.readRegion({ level, ...part }, signal);
    const means = step === 1 ? read : areaMeans({ pixels: read, ...part }, step, columns, rows);
    pixels.set(means, first * width * 3);
  }
  return { width, height, pixels };
}

/** The coarsest level that has at least the detail that is asked for; level 0 where none has. */
export function bestLevel(levels: readonly SlideLevel[], reduction: number): number {
  return levels.reduce((best, { downsample }, index) => (downsample <= reduction * SAME_REDUCTION ? index : best), 0);
}
