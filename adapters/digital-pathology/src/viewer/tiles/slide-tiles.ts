import { DeepHealthError } from '@deephealth/sdk';
import sharp from 'sharp';
import type { Slide } from '../../slide/slide.js';
import { ByteCache } from './byte-cache.js';
import { type DeepZoom, tileRectangle } from './deep-zoom.js';
import { renderTile } from './render-tile.js';
import { createWorkQueue } from './work-queue.js';

export interface SlideTiles {
  /**
   * A tile as JPEG. One that the slide does not let read is hatched, and says so: nothing else, such as a coarser
   * tile, stands in its place.
   *
   * @returns undefined if there is no such tile
   * @throws DH_QUEUE_FULL, DH_CANCELLED
   */
  tile(level: number, column: number, row: number, signal: AbortSignal): Promise<Buffer | undefined>;
}

const CACHE_BYTES = 64 * 2 ** 20;
/** Each holds some 50 MB while it is made. */
const AT_ONCE = 3;
/** A large window asks for some 60 tiles. */
const MOST_WAITING = 400;
const QUALITY = 88;

export function createSlideTiles(slide: Pick<Slide, 'geometry' | 'readRegion'>, zoom: DeepZoom): SlideTiles {
  const cache = new ByteCache(CACHE_BYTES);
  const queue = createWorkQueue({ atOnce: AT_ONCE, mostWaiting: MOST_WAITING });

  async function make(level: number, column: number, row: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const rectangle = tileRectangle(zoom, level, column, row);
    if (rectangle === undefined) return undefined;
    try {
      const rendered = await renderTile(slide, zoom, { level, column, row }, signal);
      return rendered === undefined ? undefined : await jpegOf(rendered.pixels, rendered.width, rendered.height);
    } catch (error) {
      if (!(error instanceof DeepHealthError) || error.code !== 'DH_SLIDE_REGION_UNREADABLE') throw error;
      return hatchedTile(rectangle.width, rectangle.height);
    }
  }

  return {
    async tile(level, column, row, signal) {
      const key = `${level}/${column}/${row}`;
      const kept = cache.get(key);
      if (kept !== undefined) return kept;
      if (tileRectangle(zoom, level, column, row) === undefined) return undefined;
      const made = await queue.run(async () => cache.get(key) ?? make(level, column, row, signal), signal);
      if (made !== undefined) cache.put(key, made);
      return made;
    },
  };
}

/** Colours of nuclei lie next to each other: all of them are kept, at every pixel. */
function jpegOf(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function hatchedTile(width: number, height: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs><pattern id="h" width="14" height="14" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="14" height="14" fill="#e4e4e4"/><rect width="5" height="14" fill="#9a9a9a"/></pattern></defs>
<rect width="100%" height="100%" fill="url(#h)"/>
<text x="50%" y="50%" font-family="sans-serif" font-size="22" text-anchor="middle" fill="#222" stroke="#fff" stroke-width="5" paint-order="stroke">not readable</text></svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: 'white' }).jpeg({ quality: QUALITY }).toBuffer();
}
