import { DeepHealthError } from '@deephealth/sdk';
import type { SlideMap } from '../map/slide-map.js';

/** Some rows of a map, [channels, count, columns]. */
export interface MapStripe {
  readonly first: number;
  readonly count: number;
  readonly values: Float32Array;
}

/** 16 MiB of probabilities at a time. */
const STRIPE_VALUES = 2 ** 22;

/** Rows of a map that fit a stripe: at least one, however wide the map is. */
export function stripeRows({ grid, channels }: SlideMap): number {
  return Math.max(1, Math.min(grid.rows, Math.floor(STRIPE_VALUES / Math.max(1, grid.columns * channels.length))));
}

/**
 * A map from its first row to its last, a stripe at a time.
 *
 * @param rows of a stripe; the last one may have fewer. Default as many as fit 16 MiB.
 * @throws DH_CANCELLED between two stripes
 */
export async function* mapStripes(
  map: SlideMap,
  signal?: AbortSignal,
  rows: number = stripeRows(map),
): AsyncGenerator<MapStripe> {
  for (let first = 0; first < map.grid.rows; first += rows) {
    throwIfCancelled(signal);
    const count = Math.min(rows, map.grid.rows - first);
    yield { first, count, values: await map.readRows(first, count) };
  }
}

/** @throws DH_CANCELLED */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DeepHealthError('DH_CANCELLED', 'Cancelled while a result was written.');
}
