import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { MapGrid } from '../../map/slide-map.js';
import { unreadableArray } from '../zarr/decode-chunk.js';
import { numberPair, type ReadKey, readZarrArray, readZarrJson } from '../zarr/read-zarr-array.js';
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

async function readArray(read: ReadKey, label: string): Promise<Crs4Array> {
  if ((await read(`${label}/.zarray`)) === undefined) throw noArray(label);
  const attributes = (await readZarrJson(read, `${label}/.zattrs`)) ?? {};
  const group = (await readZarrJson(read, '.zattrs')) ?? {};
  const downsample = attributes.level_downsample;
  const tile = attributes.tile_size ?? 1;
  if (typeof downsample !== 'number' || !(downsample > 0) || typeof tile !== 'number' || !(tile > 0)) {
    throw unreadableArray('it does not say its "level_downsample", or its "tile_size" is none');
  }
  const array = await readZarrArray(read, label);
  if (array === undefined) throw noArray(label);
  const side = downsample * tile;
  return {
    label,
    ...array,
    isRounded: attributes.round_to_0_100 === true,
    extractionLevel: Number(attributes.extraction_level),
    grid: { columns: array.columns, rows: array.rows, x: 0, y: 0, cellWidth: side, cellHeight: side },
    // Older files keep it elsewhere; the first level is the same.
    resolution: numberPair(group.resolution ?? (attributes.slide_levels as unknown[] | undefined)?.[0], 'resolution'),
  };
}
