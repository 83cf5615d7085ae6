import type { SlideMap } from '../../map/slide-map.js';
import { throwIfCancelled } from '../map-stripes.js';
import { nearestRows } from '../nearest-cells.js';
import type { OutputSink } from '../output-file.js';
import type { SlidePlane } from './slide-plane.js';

/** What a pixel of a segment is, by its probability; 0 for NaN. */
export type PixelValue = (probability: number) => number;

/** A frame: a tile of a segment, by its row and column of tiles. */
export interface SegmentTile {
  /** Place of the channel. */
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** Pixels of the map that are made at a time. */
const STRIPE_VALUES = 2 ** 22;

/**
 * The pixels of one channel on a level, a row of tiles at a time: [tile.height, columns], 0 below the level.
 *
 * @param wanted which rows of tiles; the others are not read
 */
async function* tileRows(
  map: SlideMap,
  channel: number,
  plane: SlidePlane,
  toPixel: PixelValue,
  wanted: (row: number) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly row: number; readonly pixels: Uint8Array }> {
  const { columns, rows, tile, grid } = plane;
  const atOnce = Math.max(1, Math.floor(STRIPE_VALUES / (columns * map.channels.length)));
  for (let row = 0; row * tile.height < rows; row++) {
    if (!wanted(row)) continue;
    throwIfCancelled(signal);
    const pixels = new Uint8Array(tile.height * columns);
    const end = Math.min(rows, (row + 1) * tile.height);
    for (let first = row * tile.height; first < end; first += atOnce) {
      const count = Math.min(atOnce, end - first);
      const values = await nearestRows(map, grid, first, count);
      const from = channel * count * columns;
      const to = (first - row * tile.height) * columns;
      for (let at = 0; at < count * columns; at++) pixels[to + at] = toPixel(values[from + at] as number);
    }
    yield { row, pixels };
  }
}

/**
 * The tiles of some channels that are not empty, channel by channel in raster order. If all are, the first tile
 * of each channel, so that it is seen that it was looked for.
 */
export async function occupiedTiles(
  map: SlideMap,
  channels: readonly number[],
  plane: SlidePlane,
  toPixel: readonly PixelValue[],
  signal?: AbortSignal,
): Promise<SegmentTile[]> {
  const tiles: SegmentTile[] = [];
  for (const channel of channels) {
    for await (const { row, pixels } of tileRows(
      map,
      channel,
      plane,
      toPixel[channel] as PixelValue,
      () => true,
      signal,
    )) {
      for (let column = 0; column * plane.tile.width < plane.columns; column++) {
        if (hasAny(pixels, plane, column)) tiles.push({ channel, row, column });
      }
    }
  }
  return tiles.length > 0 ? tiles : channels.map((channel) => ({ channel, row: 0, column: 0 }));
}

/** Whether any pixel of a tile is not 0. @param pixels of its row of tiles */
function hasAny(pixels: Uint8Array, { columns, tile }: SlidePlane, column: number): boolean {
  const [left, right] = [column * tile.width, Math.min(columns, (column + 1) * tile.width)];
  for (let row = 0; row < pixels.length; row += columns) {
    for (let at = row + left; at < row + right; at++) if (pixels[at] !== 0) return true;
  }
  return false;
}

/** Writes the pixels of tiles in the order of occupiedTiles, and a byte to make their number even. */
export async function writeTiles(
  sink: OutputSink,
  map: SlideMap,
  tiles: readonly SegmentTile[],
  plane: SlidePlane,
  toPixel: readonly PixelValue[],
  isBinary: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const { columns, tile } = plane;
  const byRow = new Map<string, SegmentTile[]>();
  for (const one of tiles) {
    const key = `${one.channel}/${one.row}`;
    const inRow = byRow.get(key);
    if (inRow === undefined) byRow.set(key, [one]);
    else inRow.push(one);
  }
  const packer = createBitPacker();
  let written = 0;
  const write = async (bytes: Uint8Array) => {
    written += bytes.length;
    await sink.write(bytes);
  };
  for (const channel of new Set(tiles.map((one) => one.channel))) {
    const wanted = (row: number) => byRow.has(`${channel}/${row}`);
    for await (const { row, pixels } of tileRows(map, channel, plane, toPixel[channel] as PixelValue, wanted, signal)) {
      for (const { column } of byRow.get(`${channel}/${row}`) ?? []) {
        const frame = new Uint8Array(tile.width * tile.height);
        const left = column * tile.width;
        const width = Math.min(tile.width, columns - left);
        for (let y = 0; y < tile.height; y++) {
          frame.set(pixels.subarray(y * columns + left, y * columns + left + width), y * tile.width);
        }
        await write(isBinary ? packer.pack(frame) : frame);
      }
    }
  }
  if (isBinary) await write(packer.rest());
  if (written % 2 === 1) await write(new Uint8Array(1));
}

/** Bits of frames one after another without a gap, the first one lowest (PS3.5, 8.1.1). */
function createBitPacker(): { pack(frame: Uint8Array): Uint8Array; rest(): Uint8Array } {
  let kept = 0;
  let bits = 0;
  return {
    pack(frame) {
      const packed = new Uint8Array(Math.floor((bits + frame.length) / 8));
      let to = 0;
      for (const value of frame) {
        if (value !== 0) kept |= 1 << bits;
        if (++bits < 8) continue;
        packed[to++] = kept;
        kept = 0;
        bits = 0;
      }
      return packed;
    },
    rest() {
      return bits === 0 ? new Uint8Array(0) : Uint8Array.of(kept);
    },
  };
}
