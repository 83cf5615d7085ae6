import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { MapGrid } from '../../map/slide-map.js';
import { decodeChunk, unreadableArray } from '../zarr/decode-chunk.js';
import { openZipArchive } from '../zip-reader.js';

/** An array that slaid, or an earlier run, has written. */
export interface Crs4Array {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] as stored: 0 to 100 where `isRounded`. */
  readonly values: Uint8Array | Float32Array;
  /** Values are percentages. */
  readonly isRounded: boolean;
  readonly extractionLevel: number;
  /** Where its cells lie. */
  readonly grid: MapGrid;
  /** Extents of level 0 of the slide that it was made of. */
  readonly resolution: readonly [width: number, height: number];
}

type Read = (key: string) => Promise<Buffer | undefined>;
type Json = Readonly<Record<string, unknown>>;

const MOST_CELLS = 2 ** 28;

/**
 * Reads an array of a `.zip` or `.zarr` (Zarr 2) in the form of CRS4.
 *
 * @param label the array to read
 * @throws DH_REQUEST_MALFORMED if there is none of the label, DH_MEDIA_UNREADABLE
 */
export async function readCrs4Array(path: string, label: string): Promise<Crs4Array> {
  if (!/^[\w-]+$/.test(label)) throw noArray(label);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return readArray((key) => readFile(join(path, key)).catch(() => undefined), label);
  const archive = await openZipArchive(path);
  try {
    return await readArray((key) => archive.read(key), label);
  } finally {
    await archive.close();
  }
}

function noArray(label: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `The file has no array "${label.slice(0, 64)}".`, {
    details: { label },
  });
}

async function readArray(read: Read, label: string): Promise<Crs4Array> {
  const metadata = await readJson(read, `${label}/.zarray`);
  if (metadata === undefined) throw noArray(label);
  const attributes = (await readJson(read, `${label}/.zattrs`)) ?? {};
  const group = (await readJson(read, '.zattrs')) ?? {};
  const [rows, columns] = pair(metadata.shape, 'shape');
  const downsample = attributes.level_downsample;
  const tile = attributes.tile_size ?? 1;
  if (typeof downsample !== 'number' || !(downsample > 0) || typeof tile !== 'number' || !(tile > 0)) {
    throw unreadableArray('it does not say its "level_downsample", or its "tile_size" is none');
  }
  const side = downsample * tile;
  return {
    label,
    rows,
    columns,
    values: await readValues(read, label, metadata, rows, columns),
    isRounded: attributes.round_to_0_100 === true,
    extractionLevel: Number(attributes.extraction_level),
    grid: { columns, rows, x: 0, y: 0, cellWidth: side, cellHeight: side },
    // Older files keep it elsewhere; the first level is the same.
    resolution: pair(group.resolution ?? (attributes.slide_levels as unknown[] | undefined)?.[0], 'resolution'),
  };
}

async function readJson(read: Read, key: string): Promise<Json | undefined> {
  const bytes = await read(key);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Json;
  } catch {
    // Said below.
  }
  throw unreadableArray('its metadata are no JSON');
}

function pair(value: unknown, name: string): [number, number] {
  const isPair = Array.isArray(value) && value.length === 2 && value.every((one) => Number.isInteger(one) && one > 0);
  if (isPair) return value as [number, number];
  throw unreadableArray(`its "${name}" is not two numbers`);
}

async function readValues(
  read: Read,
  label: string,
  metadata: Json,
  rows: number,
  columns: number,
): Promise<Uint8Array | Float32Array> {
  const { dtype, compressor, order, filters, fill_value: fill } = metadata;
  const isByte = dtype === '|u1' || dtype === '|b1';
  if (!isByte && dtype !== '<f4') throw unreadableArray('its elements are neither bytes nor numbers of 32 bits');
  if (order !== 'C' || (Array.isArray(filters) && filters.length > 0)) {
    throw unreadableArray('it is in column-major order, or has filters');
  }
  const [chunkRows, chunkColumns] = pair(metadata.chunks, 'chunks');
  if (rows * columns > MOST_CELLS || chunkRows * chunkColumns > MOST_CELLS) throw unreadableArray('it is too large');
  const values = isByte ? new Uint8Array(rows * columns) : new Float32Array(rows * columns);
  if (typeof fill === 'number') values.fill(fill);
  const separator = metadata.dimension_separator === '/' ? '/' : '.';
  const size = isByte ? 1 : 4;
  for (let row = 0; row * chunkRows < rows; row++) {
    for (let column = 0; column * chunkColumns < columns; column++) {
      const packed = await read(`${label}/${row}${separator}${column}`);
      // A chunk that is not there has the fill value.
      if (packed === undefined) continue;
      const chunk = decodeChunk(packed, compressor, chunkRows * chunkColumns * size);
      const height = Math.min(chunkRows, rows - row * chunkRows);
      const width = Math.min(chunkColumns, columns - column * chunkColumns);
      for (let y = 0; y < height; y++) {
        const to = (row * chunkRows + y) * columns + column * chunkColumns;
        for (let x = 0; x < width; x++) {
          const from = y * chunkColumns + x;
          values[to + x] = isByte ? (chunk[from] as number) : chunk.readFloatLE(4 * from);
        }
      }
    }
  }
  return values;
}
