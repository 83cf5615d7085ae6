import { DeepHealthError } from '@deephealth/sdk';
import type { DicomSlideSource, RegionRequest, Slide, SlideGeometry } from '../slide.js';
import { closed, regionUnreadable } from '../slide-errors.js';
import { cancelled, checkRegion } from '../slide-region.js';
import { composeRegion } from './compose-region.js';
import { TileCache } from './tile-cache.js';
import type { TiledLevel } from './tiled-level.js';

/** Where the tiles of a slide come from. */
export interface TileSource {
  /** By level, as in the geometry. */
  readonly levels: readonly TiledLevel[];
  /** Tiles that a region loads at a time. */
  readonly tilesAtOnce: number;
  /** A tile as RGB, of the tile's full extents. Errors of this product pass; others mean a damaged tile. */
  decode(level: number, tile: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface SlideIdentity {
  readonly name: string;
  readonly format: string;
  readonly sha256: string;
  readonly geometry: SlideGeometry;
  readonly dicom?: DicomSlideSource;
  readonly iccProfile?: Uint8Array;
}

/** Decoded tiles that are kept, for regions that do not lie along the tiles. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** A slide of tiles that are decoded here. */
export function tiledSlide(identity: SlideIdentity, source: TileSource): Slide {
  const cache = new TileCache(KEPT_BYTES);
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const decode = async (level: number, tile: number): Promise<Uint8Array> => {
    try {
      return await source.decode(level, tile);
    } catch (thrown) {
      if (thrown instanceof DeepHealthError) throw thrown;
      throw regionUnreadable(`level ${level}, tile ${tile}`, thrown);
    }
  };

  const read = async (region: RegionRequest, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const level = source.levels[region.level] as TiledLevel;
    return composeRegion(level, region, source.tilesAtOnce, ({ index }) => {
      if (signal?.aborted) throw cancelled(signal.reason);
      return cache.get(`${region.level} ${index}`, () => decode(region.level, index));
    });
  };

  return {
    ...identity,
    async readRegion(region, signal) {
      checkRegion(identity.geometry.levels, region, signal);
      if (closing !== undefined) throw closed();
      const reading = read(region, signal);
      underWay.add(reading);
      try {
        return await orCancelled(reading, signal);
      } finally {
        underWay.delete(reading);
        // One that was cancelled may still end badly, for nobody.
        reading.catch(() => {});
      }
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled(underWay);
        cache.clear();
        await source.close();
      })();
      return closing;
    },
  };
}

/** The reading's end, or the moment at which it is cancelled: its tiles may be somebody else's, too. */
async function orCancelled<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return reading;
  let onAbort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([reading, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
