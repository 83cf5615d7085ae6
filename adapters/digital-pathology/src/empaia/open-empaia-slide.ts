import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { DeepHealthError } from '@deephealth/sdk';
import type { PixelRectangle, Slide, SlideLevel } from '../slide/slide.js';
import { regionUnreadable } from '../slide/slide-errors.js';
import { gridTilesIn, type TiledLevel } from '../slide/tiles/tiled-level.js';
import { tiledSlide } from '../slide/tiles/tiled-slide.js';
import type { EmpaiaAppApi } from './app-api.js';
import { decodePicture } from './decode-picture.js';
import type { EmpaiaWsi } from './parse-wsi.js';

/** 1024 x 1024 pixels with each request, in whole tiles of the platform. */
const FETCHED_SIDE = 1024;
const REQUESTS_AT_ONCE = 8;
/** How often a picture is asked for that does not decode: what was cut off on the way comes whole the next time. */
const ATTEMPTS = 3;

/**
 * A slide of a job. Its parts are fetched as rectangles within a level, so that nothing depends on what a platform
 * puts beyond its edges; they are kept for a while.
 *
 * `sha256` is that of what the platform says of the slide, its id above all: the slide itself is not handed over.
 *
 * Regions reject with DH_PLATFORM_* as well, where the platform does.
 *
 * @param signal ends all requests: a platform that is away must not keep a job that was cancelled
 */
export function openEmpaiaSlide(api: EmpaiaAppApi, wsi: EmpaiaWsi, signal?: AbortSignal): Slide {
  const { geometry } = wsi;
  const closing = new AbortController();
  const ending = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  // One for each request, and no leak.
  setMaxListeners(0, ending);
  const limit = limiter(REQUESTS_AT_ONCE);
  const tile = { width: fetchedSide(wsi.tile.width), height: fetchedSide(wsi.tile.height) };
  const levels: TiledLevel[] = geometry.levels.map(({ width, height }) => ({
    ...{ width, height, tile },
    tilesIn: (rectangle) => gridTilesIn({ width, height, tile }, rectangle),
  }));
  const identity = JSON.stringify([wsi.id, geometry.levels, geometry.micronsPerPixel]);
  return tiledSlide(
    {
      ...{ name: wsi.id, format: 'empaia' },
      sha256: createHash('sha256').update(identity).digest('hex'),
      geometry: { ...geometry, levels: geometry.levels.map((level) => ({ ...level, storedTile: tile })) },
    },
    {
      levels,
      tilesAtOnce: REQUESTS_AT_ONCE,
      decode: (level, index) =>
        limit(async () => {
          const part = tilePart(geometry.levels[level] as SlideLevel, tile, index);
          return padded(await fetchPart(api, wsi.id, level, part, ending), part, tile);
        }),
      close: async () => closing.abort(),
    },
  );
}

async function fetchPart(
  api: EmpaiaAppApi,
  wsi: string,
  level: number,
  part: PixelRectangle,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const where = `level ${level}, pixels from ${part.x}, ${part.y}`;
  for (let attempt = 1; ; attempt++) {
    const bytes = await api.region(wsi, level, part, signal).catch((error: unknown) => {
      const isRefused = error instanceof DeepHealthError && error.code === 'DH_PLATFORM_REFUSED';
      throw isRefused ? regionUnreadable(where, error) : error;
    });
    try {
      return await decodePicture(bytes, part);
    } catch (error) {
      if (attempt >= ATTEMPTS) throw regionUnreadable(where, error);
    }
  }
}

function fetchedSide(tile: number): number {
  return tile * Math.max(1, Math.floor(FETCHED_SIDE / tile));
}

/** The part of a tile that the level has. */
function tilePart(level: SlideLevel, tile: { width: number; height: number }, index: number): PixelRectangle {
  const columns = Math.ceil(level.width / tile.width);
  const [x, y] = [(index % columns) * tile.width, Math.floor(index / columns) * tile.height];
  return { x, y, width: Math.min(tile.width, level.width - x), height: Math.min(tile.height, level.height - y) };
}

function padded(
  pixels: Uint8Array,
  part: { width: number; height: number },
  tile: { width: number; height: number },
): Uint8Array {
  if (part.width === tile.width && part.height === tile.height) return pixels;
  const output = new Uint8Array(tile.width * tile.height * 3).fill(255);
  for (let row = 0; row < part.height; row++) {
    output.set(pixels.subarray(row * part.width * 3, (row + 1) * part.width * 3), row * tile.width * 3);
  }
  return output;
}

/** Runs so many at a time, the others in their order. */
function limiter(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
