import { type ColouredTile, colourTile, packedColours } from './coloured-tiles.js';
import { contextOf } from './elements.js';
import { unexaminedPattern, unreadPattern } from './patterns.js';
import type { Placement } from './placement.js';
import { levelFor, tilesIn } from './value-places.js';
import type { ValueStore, ValueTile } from './value-store.js';
import type { Grid, Rectangle, View, ViewedMap } from './view.js';

/** What is laid over the slide. */
export interface OverlayState {
  readonly map?: ViewedMap;
  readonly values?: ValueStore;
  readonly isShown: boolean;
  readonly opacity: number;
  readonly threshold: number;
  readonly unread: readonly Rectangle[];
  /** Outlines of the chosen region, in pixels of level 0. */
  readonly rings: readonly (readonly number[])[];
}

export interface MapOverlay {
  readonly canvas: HTMLCanvasElement;
  draw(state: OverlayState, placement: Placement): { readonly level: number };
}

/** Sides of what could not be read, in pixels of the screen. */
const LEAST_UNREAD = 4;

/** Draws map, unreadable parts and the outline of a region on a canvas over the slide. */
export function createMapOverlay(view: Pick<View, 'slide' | 'colours' | 'valueTile'>): MapOverlay {
  const canvas = document.createElement('canvas');
  canvas.id = 'overlay';
  const context = contextOf(canvas);
  const veil = document.createElement('canvas');
  const veilContext = contextOf(veil);
  const [dots, stripes] = [unexaminedPattern(veilContext), unreadPattern(context)];
  const colours = packedColours(view.colours);
  // Coloured anew for another threshold; let go with their values.
  let coloured = new WeakMap<ValueTile, ColouredTile>();
  let colouredFor = Number.NaN;

  function tileOf(tile: ValueTile, threshold: number): ColouredTile {
    if (threshold !== colouredFor) {
      coloured = new WeakMap();
      colouredFor = threshold;
    }
    const found = coloured.get(tile) ?? colourTile(tile, colours, threshold);
    coloured.set(tile, found);
    return found;
  }

  function fit(placement: Placement): void {
    for (const one of [canvas, veil]) {
      if (one.width !== placement.width) one.width = placement.width;
      if (one.height !== placement.height) one.height = placement.height;
    }
    for (const one of [context, veilContext]) {
      one.clearRect(0, 0, placement.width, placement.height);
      one.imageSmoothingEnabled = false;
    }
  }

  function drawMap({ map, values, threshold, opacity }: OverlayState, placement: Placement): number {
    if (map === undefined || values === undefined) return 0;
    const { grid } = map;
    const level = levelFor(grid.cellWidth * placement.scale, map.levels);
    const tiles = tilesIn(placement.part, grid, level, view.valueTile);
    const whole = placement.pixels({ x: 0, y: 0, width: view.slide.width, height: view.slide.height });
    veilContext.fillRect(whole.x, whole.y, whole.width, whole.height);
    const within = placement.pixels(areaOf(grid));
    veilContext.clearRect(within.x, within.y, within.width, within.height);
    context.globalAlpha = opacity;
    for (let row = tiles?.top ?? 0; row <= (tiles?.bottom ?? -1); row++) {
      for (let column = tiles?.left ?? 0; column <= (tiles?.right ?? -1); column++) {
        const tile = values.get(level, column, row);
        if (tile === undefined) continue;
        const { heat, unexamined } = tileOf(tile, threshold);
        const place = placement.pixels(tileArea(grid, level, view.valueTile, column, row, tile));
        context.drawImage(heat, place.x, place.y, place.width, place.height);
        if (unexamined !== undefined) veilContext.drawImage(unexamined, place.x, place.y, place.width, place.height);
      }
    }
    context.globalAlpha = 1;
    // Cells at the border reach beyond the slide.
    keepWithin(context, whole, placement);
    keepWithin(veilContext, whole, placement);
    return level;
  }

  function drawVeil({ unread }: OverlayState, placement: Placement): void {
    for (const part of unread) {
      const { x, y, width, height } = placement.pixels(part);
      veilContext.clearRect(x, y, width, height);
    }
    veilContext.globalCompositeOperation = 'source-in';
    veilContext.fillStyle = dots;
    veilContext.fillRect(0, 0, placement.width, placement.height);
    veilContext.globalCompositeOperation = 'source-over';
    context.drawImage(veil, 0, 0);
  }

  function drawUnread({ unread }: OverlayState, placement: Placement): void {
    context.font = `600 ${13 * placement.ratio}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const wide = context.measureText('not readable').width + 8 * placement.ratio;
    for (const part of unread) {
      const { x, y, ...size } = placement.pixels(part);
      // However small it is on the screen, it is seen.
      const [width, height] = [size.width, size.height].map((one) => Math.max(one, LEAST_UNREAD * placement.ratio)) as [
        number,
        number,
      ];
      context.fillStyle = stripes;
      context.fillRect(x, y, width, height);
      if (width < wide || height < 22 * placement.ratio) continue;
      context.fillStyle = 'rgb(255 255 255 / 92%)';
      context.fillRect(x + (width - wide) / 2, y + height / 2 - 10 * placement.ratio, wide, 20 * placement.ratio);
      context.fillStyle = '#222';
      context.fillText('not readable', x + width / 2, y + height / 2);
    }
  }

  function drawRings({ rings }: OverlayState, placement: Placement): void {
    if (rings.length === 0) return;
    context.beginPath();
    for (const ring of rings) {
      for (let at = 0; at < ring.length; at += 2) {
        const { x, y } = placement.point(ring[at] as number, ring[at + 1] as number);
        if (at === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      }
      context.closePath();
    }
    context.lineJoin = 'round';
    // Light on dark, so that it is seen on any colour.
    for (const [colour, width] of [
      ['#111', 5],
      ['#fff', 2],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width * placement.ratio;
      context.stroke();
    }
  }

  return {
    canvas,
    draw(state, placement) {
      fit(placement);
      let level = 0;
      if (state.isShown) {
        level = drawMap(state, placement);
        drawVeil(state, placement);
        drawUnread(state, placement);
      }
      drawRings(state, placement);
      return { level };
    },
  };
}

function areaOf({ x, y, columns, rows, cellWidth, cellHeight }: Grid): Rectangle {
  return { x, y, width: columns * cellWidth, height: rows * cellHeight };
}

/** What a tile of values covers. Cells of coarser levels reach beyond the map where it is no multiple of them. */
export function tileArea(
  grid: Grid,
  level: number,
  tileSide: number,
  column: number,
  row: number,
  { columns, rows }: Pick<ValueTile, 'columns' | 'rows'>,
): Rectangle {
  const [width, height] = [grid.cellWidth * 2 ** level, grid.cellHeight * 2 ** level];
  return {
    x: grid.x + column * tileSide * width,
    y: grid.y + row * tileSide * height,
    width: columns * width,
    height: rows * height,
  };
}

function keepWithin(context: CanvasRenderingContext2D, { x, y, width, height }: Rectangle, all: Placement): void {
  context.clearRect(0, 0, all.width, y);
  context.clearRect(0, y + height, all.width, all.height);
  context.clearRect(0, 0, x, all.height);
  context.clearRect(x + width, 0, all.width, all.height);
}
