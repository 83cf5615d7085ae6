import type { EmpaiaAppApi } from './app-api.js';
import { TILE_BYTES } from './pixelmap-tiles.js';

/** Positions of tiles: columns from `left` to `right`, both included, from the row `top` on. */
export interface TileStripe {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

export interface TileUpload {
  /** @param tilesOf the tiles of a column, one below the other */
  putStripe(stripe: TileStripe, tilesOf: (column: number) => Uint8Array, signal?: AbortSignal): Promise<void>;
}

const COLUMNS_AT_ONCE = 4;
/** What a platform says that has no such address, or reads it in another way. */
const NO_BULK = [400, 404, 405, 422, 501];

/**
 * Puts tiles, several of a column with one request where the platform takes that: tiles that lie one below the other
 * are the same bytes as the picture of all of them, however a platform reads it. It gets fewer at a time if those
 * are too many, and one by one if it knows no other way.
 */
export function createTileUpload(api: EmpaiaAppApi, pixelmap: string, level: number): TileUpload {
  let most = Number.POSITIVE_INFINITY;

  const put = async (column: number, row: number, tiles: Uint8Array, signal?: AbortSignal): Promise<void> => {
    const count = tiles.length / TILE_BYTES;
    if (count > most) {
      for (let at = 0; at < count; at += most) {
        await put(column, row + at, tiles.subarray(at * TILE_BYTES, (at + most) * TILE_BYTES), signal);
      }
      return;
    }
    const position = count === 1 ? `${column}/${row}` : `start/${column}/${row}/end/${column}/${row + count - 1}`;
    const response = await api.putPixelmapData(pixelmap, level, position, tiles, signal);
    const isTooLarge = response.status === 413;
    if (count > 1 && (isTooLarge || NO_BULK.includes(response.status))) {
      most = Math.min(most, isTooLarge ? Math.ceil(count / 2) : 1);
      return put(column, row, tiles, signal);
    }
    api.expectPut(response, 'a tile of a pixelmap');
  };

  return {
    async putStripe({ left, right, top }, tilesOf, signal) {
      let next = left;
      let hasFailed = false;
      const work = async () => {
        while (next <= right && !hasFailed) {
          const column = next++;
          await put(column, top, tilesOf(column), signal).catch((error: unknown) => {
            hasFailed = true;
            throw error;
          });
        }
      };
      // Not before all have ended: none may go on behind a failure.
      const ended = await Promise.allSettled(Array.from({ length: COLUMNS_AT_ONCE }, work));
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },
  };
}
