import type { PixelRectangle, SlideGeometry } from '../../slide/slide.js';

/** A slide as a pyramid of Deep Zoom: level `topLevel` is level 0 of the slide, each one below half as fine. */
export interface DeepZoom {
  readonly width: number;
  readonly height: number;
  readonly topLevel: number;
  /** Coarsest level that is made: everything of it fits one tile, or a tile of a coarser one would cost too much. */
  readonly bottomLevel: number;
}

/** Pixels of its own that a tile has along a side, and those that it shares with each neighbour. */
export const TILE_SIZE = 510;
export const TILE_OVERLAP = 1;

/** Times that a tile may be reduced from the level that it is read from: 2^8 Mpx are read for it. */
const MOST_REDUCTION = 32;

export function deepZoomOf({ levels }: Pick<SlideGeometry, 'levels'>): DeepZoom {
  const [{ width, height }] = levels as [(typeof levels)[number]];
  const topLevel = Math.ceil(Math.log2(Math.max(width, height)));
  const coarsest = Math.max(...levels.map(({ downsample }) => downsample));
  const zoom = { width, height, topLevel };
  let bottomLevel = topLevel;
  while (bottomLevel > 0) {
    const { width: across, height: down } = extentsOf(zoom, bottomLevel);
    const next = reductionOf(zoom, bottomLevel - 1);
    if (Math.max(across, down) <= TILE_SIZE || next > coarsest * MOST_REDUCTION) break;
    bottomLevel--;
  }
  return { ...zoom, bottomLevel };
}

/** Pixels of level 0 that a pixel of a level of Deep Zoom is wide and high. */
export function reductionOf({ topLevel }: Pick<DeepZoom, 'topLevel'>, level: number): number {
  return 2 ** (topLevel - level);
}

export function extentsOf(
  zoom: Pick<DeepZoom, 'width' | 'height' | 'topLevel'>,
  level: number,
): { width: number; height: number } {
  const reduction = reductionOf(zoom, level);
  return { width: Math.ceil(zoom.width / reduction), height: Math.ceil(zoom.height / reduction) };
}

/** What a tile shows, in pixels of its level; undefined if there is no such tile. */
export function tileRectangle(zoom: DeepZoom, level: number, column: number, row: number): PixelRectangle | undefined {
  const isLevel = Number.isInteger(level) && level >= zoom.bottomLevel && level <= zoom.topLevel;
  if (!isLevel) return undefined;
  const { width, height } = extentsOf(zoom, level);
  const across = tileSpan(column, width);
  const down = tileSpan(row, height);
  if (across === undefined || down === undefined) return undefined;
  return { x: across.from, y: down.from, width: across.to - across.from, height: down.to - down.from };
}

function tileSpan(index: number, extent: number): { from: number; to: number } | undefined {
  if (!Number.isInteger(index) || index < 0 || index * TILE_SIZE >= extent) return undefined;
  return {
    from: Math.max(0, index * TILE_SIZE - TILE_OVERLAP),
    to: Math.min(extent, (index + 1) * TILE_SIZE + TILE_OVERLAP),
  };
}

/** The descriptor (.dzi) for programs that read Deep Zoom. */
export function deepZoomDescriptor({ width, height }: DeepZoom): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="${TILE_OVERLAP}" TileSize="${TILE_SIZE}">` +
    `<Size Width="${width}" Height="${height}"/></Image>\n`
  );
}
