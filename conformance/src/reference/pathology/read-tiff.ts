import type { PlacedTile } from './opened-slide.js';
import { unreadable } from './read-dicom.js';

/** A picture in tiles. */
export interface TiffDirectory {
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly PlacedTile[];
  /** As the resolution says it; NaN without one. */
  readonly micronsPerPixel: { readonly x: number; readonly y: number };
}

type Fields = ReadonlyMap<number, readonly number[]>;

const MOST_DIRECTORIES = 32;
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 };

/** Directories of a classic, little endian TIFF of uncompressed RGB in tiles. Throws DH_SLIDE_UNREADABLE for any other. */
export function readTiff(file: Buffer): TiffDirectory[] {
  if (file.length < 8 || file.readUInt32LE() !== 0x002a4949) throw unreadable('is no TIFF that is read');
  const directories: TiffDirectory[] = [];
  let at = file.readUInt32LE(4);
  while (at !== 0) {
    if (directories.length >= MOST_DIRECTORIES) throw unreadable('has directories without an end');
    const { fields, next } = readFields(file, at);
    directories.push(toDirectory(file, fields));
    at = next;
  }
  return directories;
}

function readFields(file: Buffer, at: number): { fields: Fields; next: number } {
  const count = at + 2 > file.length ? Number.POSITIVE_INFINITY : file.readUInt16LE(at);
  const end = at + 2 + 12 * count;
  if (end + 4 > file.length) throw unreadable('is cut short');
  const fields = new Map<number, number[]>();
  for (let entry = at + 2; entry < end; entry += 12) {
    const [tag, type, length] = [file.readUInt16LE(entry), file.readUInt16LE(entry + 2), file.readUInt32LE(entry + 4)];
    const bytes = TYPE_BYTES[type];
    if (bytes === undefined) continue;
    const from = bytes * length > 4 ? file.readUInt32LE(entry + 8) : entry + 8;
    if (from + bytes * length > file.length) throw unreadable('is cut short');
    fields.set(
      tag,
      Array.from({ length }, (_, index) => valueAt(file, from + index * bytes, bytes)),
    );
  }
  return { fields, next: file.readUInt32LE(end) };
}

function valueAt(file: Buffer, at: number, bytes: number): number {
  return bytes === 8 ? file.readUInt32LE(at) / file.readUInt32LE(at + 4) : file.readUIntLE(at, bytes);
}

function toDirectory(file: Buffer, fields: Fields): TiffDirectory {
  const number = (tag: number) => fields.get(tag)?.[0] ?? Number.NaN;
  const [width, height] = [number(256), number(257)];
  const tile = { width: number(322), height: number(323) };
  const offsets = fields.get(324) ?? [];
  const columns = Math.ceil(width / tile.width);
  if (!(columns > 0) || offsets.length !== columns * Math.ceil(height / tile.height)) {
    throw unreadable('has another number of tiles than its extents ask for');
  }
  const bytes = tile.width * tile.height * 3;
  const tiles = offsets.map((offset, index) => {
    if (offset + bytes > file.length) throw unreadable('has a tile that lies outside of the file');
    const place = { x: (index % columns) * tile.width, y: Math.floor(index / columns) * tile.height };
    return { ...place, ...tile, pixels: file.subarray(offset, offset + bytes) };
  });
  const unit = number(296) === 3 ? 10_000 : 25_400;
  return { width, height, tiles, micronsPerPixel: { x: unit / number(282), y: unit / number(283) } };
}
