import { halfSteps } from './value-places.js';
import type { ViewedMap } from './view.js';

/** Values of a tile; NaN where nothing was examined. */
export interface ValueTile {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
}

export interface ValueStore {
  /** A tile that is there; one that is not is fetched, and `onArrival` called. */
  get(level: number, column: number, row: number): ValueTile | undefined;
  /** The value of a cell of the map, of the finest level. */
  value(column: number, row: number): Promise<number>;
  readonly isLoading: boolean;
  /** Something did not arrive, and is not asked for again before a while. */
  readonly hasFailed: boolean;
}

/** 256 x 256 values of 4 bytes each. */
const MOST_TILES = 400;
const RETRY_MS = 5000;

/** Gets the bytes of a tile; rejects if they do not come. */
export type LoadValues = (level: number, column: number, row: number) => Promise<ArrayBuffer>;

/** Tiles of values of one class. */
export function createValueStore(
  map: Pick<ViewedMap, 'grid'>,
  tileSide: number,
  loadValues: LoadValues,
  onArrival: () => void,
): ValueStore {
  const kept = new Map<string, ValueTile>();
  const coming = new Map<string, Promise<ValueTile | undefined>>();
  /** When each failed. */
  const failed = new Map<string, number>();

  async function fetchTile(level: number, column: number, row: number, key: string): Promise<ValueTile | undefined> {
    try {
      const values = new Float32Array(await loadValues(level, column, row));
      const columns = Math.min(tileSide, halfSteps(map.grid.columns, level) - column * tileSide);
      const tile = { columns, rows: values.length / columns, values };
      kept.set(key, tile);
      failed.delete(key);
      const [oldest] = kept.keys();
      if (kept.size > MOST_TILES && oldest !== undefined) kept.delete(oldest);
      return tile;
    } catch {
      failed.set(key, performance.now());
      return undefined;
    } finally {
      coming.delete(key);
      onArrival();
    }
  }

  function load(level: number, column: number, row: number): Promise<ValueTile | undefined> {
    const key = `${level}/${column}/${row}`;
    const found = kept.get(key);
    if (found !== undefined) return Promise.resolve(found);
    // Every drawing asks; a viewer that has ended is not asked at the rate of the screen.
    if (performance.now() - (failed.get(key) ?? Number.NEGATIVE_INFINITY) < RETRY_MS) return Promise.resolve(undefined);
    const loading = coming.get(key) ?? fetchTile(level, column, row, key);
    coming.set(key, loading);
    return loading;
  }

  return {
    get(level, column, row) {
      const found = kept.get(`${level}/${column}/${row}`);
      if (found === undefined) void load(level, column, row);
      return found;
    },
    async value(column, row) {
      const tile = await load(0, Math.floor(column / tileSide), Math.floor(row / tileSide));
      return tile?.values[(row % tileSide) * tile.columns + (column % tileSide)] ?? Number.NaN;
    },
    get isLoading() {
      return coming.size > 0;
    },
    get hasFailed() {
      return failed.size > 0;
    },
  };
}
