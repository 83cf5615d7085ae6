import { DeepHealthError } from '@deephealth/sdk';
import type { MapGrid } from '../map/slide-map.js';
import type { PixelRectangle, SlideGeometry } from '../slide/slide.js';

/** What a tile is for the model, and how fine the slide is looked at. */
export interface TileSettings {
  /** Side of a tile in pixels as the model gets it. */
  readonly tileSize: number;
  /** Distance of tiles in the same pixels; less than `tileSize` by an even number, or equal. */
  readonly stride: number;
  /** One value for each tile, or for each of its pixels. */
  readonly kind: 'tiles' | 'pixels';
  /** Micrometres a pixel with the largest relative deviation, or a level of the slide as it is. */
  readonly scale: { readonly micronsPerPixel: number; readonly tolerance: number } | { readonly level: number };
  /** Whether the last, incomplete row and column count: what lies outside of the canvas is white. Default cover. */
  readonly remainder?: 'cover' | 'drop';
}

/**
 * Where the tiles of a run lie. Tile (c, r) is asked for the cells of its middle `stride` pixels; the rest of
 * it, `halo` on each side, is context. All is in whole pixels of the level that is read, so that nothing is
 * shifted by a fraction of a pixel.
 */
export interface TilePlan {
  /** Level of the slide that is read. */
  readonly level: number;
  /** Side and distance of what is read for tiles, in pixels of that level. */
  readonly readSize: number;
  readonly readStride: number;
  /** What is read is reduced to a square of this side, of which a tile is the middle. */
  readonly preparedSize: number;
  readonly tileSize: number;
  readonly stride: number;
  /** (tileSize - stride) / 2. */
  readonly halo: number;
  readonly columns: number;
  readonly rows: number;
  /** What the model sees, in micrometres a pixel. */
  readonly micronsPerPixel: { readonly x: number; readonly y: number };
  /** Cells of the map: one for a tile, or `stride` x `stride` for it. */
  readonly grid: MapGrid;
}

/** More would not be a slide. */
const MOST_TILES = 2 ** 26;
const MOST_CELLS_ACROSS = 2 ** 24;

/**
 * Lays tiles over the whole canvas of a slide.
 *
 * Of the levels that are fine enough the coarsest is read and reduced. The distance of tiles in pixels of that
 * level is rounded to a whole number; the micrometres a pixel that follow are in the plan, and within the
 * tolerance. Where the margin of a tile is then no whole number, a wider one is read and cut off.
 *
 * @throws DH_SLIDE_UNSUITABLE for a slide that is coarser than the model needs, DH_SLIDE_REGION_INVALID for a
 *   level that it does not have
 */
export function planTiles(geometry: SlideGeometry, settings: TileSettings): TilePlan {
  const { tileSize, stride, kind, remainder = 'cover' } = settings;
  const halo = (tileSize - stride) / 2;
  const { level, readStride, preparedHalo } =
    'level' in settings.scale
      ? { level: exactLevel(geometry, settings.scale.level), readStride: stride, preparedHalo: halo }
      : scaled(geometry, settings, halo);
  const { width, height, downsample } = geometry.levels[level] as SlideGeometry['levels'][number];
  const perPixel = (readStride / stride) * downsample;
  // One value for a tile, or `stride` of them along each of its sides.
  const cell = kind === 'tiles' ? readStride : readStride / stride;
  const count = (extent: number) => {
    const cells = remainder === 'drop' ? Math.floor(extent / cell) : Math.ceil(extent / cell);
    return kind === 'tiles' ? { cells, tiles: cells } : { cells, tiles: Math.ceil(cells / stride) };
  };
  const across = count(width);
  const down = count(height);
  if (across.cells < 1 || down.cells < 1) {
    throw unsuitable('It is smaller than a single tile.', {});
  }
  if (across.tiles * down.tiles > MOST_TILES || across.cells > MOST_CELLS_ACROSS || down.cells > MOST_CELLS_ACROSS) {
    throw unsuitable('It would take more tiles than any slide has. Check the size of its pixels.', {});
  }
  return {
    level,
    readSize: readStride + (2 * preparedHalo * readStride) / stride,
    readStride,
    preparedSize: stride + 2 * preparedHalo,
    tileSize,
    stride,
    halo,
    columns: across.tiles,
    rows: down.tiles,
    micronsPerPixel: { x: geometry.micronsPerPixel.x * perPixel, y: geometry.micronsPerPixel.y * perPixel },
    grid: {
      columns: across.cells,
      rows: down.cells,
      x: 0,
      y: 0,
      cellWidth: cell * downsample,
      cellHeight: cell * downsample,
    },
  };
}

/** What is read for a tile, in pixels of the plan's level; it may reach over the edges of the canvas. */
export function tileRegion(plan: TilePlan, column: number, row: number): PixelRectangle {
  const margin = (plan.readSize - plan.readStride) / 2;
  return {
    x: column * plan.readStride - margin,
    y: row * plan.readStride - margin,
    width: plan.readSize,
    height: plan.readSize,
  };
}

/** What a tile is asked for, in pixels of level 0. */
export function tileCentre(plan: TilePlan, geometry: SlideGeometry, column: number, row: number): PixelRectangle {
  const side = plan.readStride * (geometry.levels[plan.level]?.downsample ?? 1);
  return { x: column * side, y: row * side, width: side, height: side };
}

function exactLevel({ levels }: SlideGeometry, level: number): number {
  if (Number.isInteger(level) && level >= 0 && level < levels.length) return level;
  throw new DeepHealthError(
    'DH_SLIDE_REGION_INVALID',
    `The slide has levels 0 to ${levels.length - 1}, and level ${level} was asked for.`,
    { details: { expected: `0 to ${levels.length - 1}`, received: String(level) } },
  );
}

interface ScaledTiles {
  readonly level: number;
  readonly readStride: number;
  /** Margin in pixels of the model that is a whole number of pixels of the level; at least the tile's own. */
  readonly preparedHalo: number;
}

function scaled({ levels, micronsPerPixel }: SlideGeometry, settings: TileSettings, halo: number): ScaledTiles {
  const { stride, tileSize } = settings;
  const { micronsPerPixel: wanted, tolerance } = settings.scale as { micronsPerPixel: number; tolerance: number };
  const own = Math.sqrt(micronsPerPixel.x * micronsPerPixel.y);
  if (own * (1 - 1e-9) > wanted * (1 + tolerance)) {
    throw unsuitable(
      `The model was made for ${format(wanted)} micrometres a pixel, and the finest level of the slide has ${format(own)}. Nothing is enlarged.`,
      { expected: `${format(wanted)} um`, received: `${format(own)} um` },
    );
  }
  const microns = (level: number) => own * (levels[level]?.downsample ?? 1);
  const fineEnough = levels.map((_, level) => level).filter((level) => microns(level) <= wanted * (1 + tolerance / 2));
  const level = Math.max(0, ...fineEnough);
  const exact = (stride * wanted) / microns(level);
  const choices = divisors(stride).map((unit) => {
    const readStride = Math.max(stride, Math.round(exact / unit) * unit);
    const step = stride / unit;
    return {
      readStride,
      preparedHalo: Math.ceil(halo / step) * step,
      deviation: Math.abs(Math.log(readStride / exact)),
    };
  });
  const most = Math.log(1 + tolerance);
  const fitting = choices.filter(({ deviation }) => deviation <= most + 1e-12);
  // Close to what the model was made for goes before a narrow margin, but only so far.
  const close = fitting.filter(({ deviation }) => deviation <= most / 2);
  const [best] = (close.length > 0 ? close : fitting).sort(
    (a, b) => a.preparedHalo - b.preparedHalo || a.deviation - b.deviation,
  );
  if (best === undefined) {
    throw unsuitable(
      `Tiles of ${tileSize} pixels at ${format(wanted)} micrometres cannot be laid over its pixels of ${format(microns(level))} within the tolerance of ${tolerance}.`,
      { expected: `${format(wanted)} um`, received: `${format(microns(level))} um` },
    );
  }
  return { level, readStride: best.readStride, preparedHalo: best.preparedHalo };
}

function divisors(number: number): number[] {
  return Array.from({ length: number }, (_, index) => index + 1).filter((one) => number % one === 0);
}

function format(microns: number): string {
  return String(Number(microns.toPrecision(4)));
}

function unsuitable(sentence: string, details: Readonly<Record<string, string>>): DeepHealthError {
  return new DeepHealthError('DH_SLIDE_UNSUITABLE', `The slide does not suit the model. ${sentence}`, { details });
}
