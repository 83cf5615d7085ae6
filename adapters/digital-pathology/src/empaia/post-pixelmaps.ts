import type { MapGrid, SlideMap } from '../map/slide-map.js';
import { levelForCells } from '../outputs/dicom/slide-plane.js';
import { mapStripes } from '../outputs/map-stripes.js';
import { nearestRows } from '../outputs/nearest-cells.js';
import type { Slide, SlideLevel } from '../slide/slide.js';
import type { OutputContext } from './output-context.js';
import { columnOfTiles, NOT_EXAMINED, TILE_SIDE } from './pixelmap-tiles.js';
import { onceByKey } from './post-once.js';
import { createTileUpload } from './tile-upload.js';

/** 32 MiB of values at a time. */
const MOST_VALUES = 2 ** 23;
const MOST_TILES_DOWN = 16;

interface Positions {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Posts a continuous pixelmap of one channel for each class: its probability, on the coarsest level of the slide
 * whose pixels are not larger than the cells. A pixel has the value of the cell that its middle lies in.
 *
 * Tiles are those of the rectangle around everything that was examined, which the pixelmap states.
 */
export async function postPixelmaps(context: OutputContext, map: SlideMap, slide: Slide): Promise<void> {
  const { terms, signal } = context;
  const level = levelForCells(slide, map.grid);
  const [finest] = slide.geometry.levels as readonly [SlideLevel];
  const { width, height } = slide.geometry.levels[level] as SlideLevel;
  const grid: MapGrid = {
    ...{ columns: width, rows: height, x: 0, y: 0 },
    ...{ cellWidth: finest.width / width, cellHeight: finest.height / height },
  };
  const positions = await examinedPositions(map, grid, signal);
  const uploads = [];
  for (const [channel, { label, classValue, pixelmapKey }] of terms.entries()) {
    const posted = await onceByKey(context, pixelmapKey, {
      type: 'continuous_pixelmap',
      name: `Probability of ${label}`,
      description: `From 0 to 1; ${NOT_EXAMINED} where nothing was examined`,
      ...{ element_type: 'float32', min_value: NOT_EXAMINED, neutral_value: NOT_EXAMINED, max_value: 1 },
      tilesize: TILE_SIDE,
      // A pixelmap for each class: the order of channels within a tile is then nobody's to guess.
      channel_count: 1,
      channel_class_mapping: [{ number_value: 0, class_value: classValue }],
      levels: [
        {
          slide_level: level,
          ...{ position_min_x: positions.left, position_min_y: positions.top },
          ...{ position_max_x: positions.right, position_max_y: positions.bottom },
        },
      ],
    });
    if (!posted.isComplete) uploads.push({ channel, posted, upload: createTileUpload(context.api, posted.id, level) });
  }
  if (uploads.length === 0) return;
  const perTileRow = TILE_SIDE * width * map.channels.length;
  const step = Math.max(1, Math.min(MOST_TILES_DOWN, Math.floor(MOST_VALUES / perTileRow)));
  for (let top = positions.top; top <= positions.bottom; top += step) {
    const down = Math.min(step, positions.bottom - top + 1);
    const rows = Math.min(down * TILE_SIDE, height - top * TILE_SIDE);
    const values = await nearestRows(map, grid, top * TILE_SIDE, rows);
    for (const { channel, upload } of uploads) {
      const plane = values.subarray(channel * rows * width, (channel + 1) * rows * width);
      const stripe = { left: positions.left, right: positions.right, top };
      await upload.putStripe(stripe, (column) => columnOfTiles(plane, width, column, down), signal);
    }
    context.progress((top + down - positions.top) / (positions.bottom - positions.top + 1));
  }
  for (const { channel, posted } of uploads) {
    await context.journal.set((terms[channel] as (typeof terms)[0]).pixelmapKey, { ...posted, isComplete: true });
  }
}

/** Of the tiles around all cells with a value of any class; the first tile alone where there is none. */
async function examinedPositions(map: SlideMap, grid: MapGrid, signal?: AbortSignal): Promise<Positions> {
  const { columns } = map.grid;
  const cells = { left: columns, right: -1, top: map.grid.rows, bottom: -1 };
  for await (const { first, count, values } of mapStripes(map, signal)) {
    for (let at = 0; at < values.length; at++) {
      if (Number.isNaN(values[at] as number)) continue;
      const column = at % columns;
      const row = first + (Math.floor(at / columns) % count);
      cells.left = Math.min(cells.left, column);
      cells.right = Math.max(cells.right, column);
      cells.top = Math.min(cells.top, row);
      cells.bottom = Math.max(cells.bottom, row);
    }
  }
  if (cells.right < 0) return { left: 0, top: 0, right: 0, bottom: 0 };
  const { x, y, cellWidth, cellHeight } = map.grid;
  // The tile of the pixel that a place lies in, and of the last one before a place.
  const from = (place: number, pixel: number) => Math.floor(Math.max(0, Math.floor(place / pixel)) / TILE_SIDE);
  const to = (place: number, pixel: number, extent: number) =>
    Math.floor(Math.max(0, Math.min(extent, Math.ceil(place / pixel - 1e-9)) - 1) / TILE_SIDE);
  return {
    left: from(x + cells.left * cellWidth, grid.cellWidth),
    right: to(x + (cells.right + 1) * cellWidth, grid.cellWidth, grid.columns),
    top: from(y + cells.top * cellHeight, grid.cellHeight),
    bottom: to(y + (cells.bottom + 1) * cellHeight, grid.cellHeight, grid.rows),
  };
}
