import { cutOut, type Picture } from './painted-picture.js';

export interface TiffSlideSettings {
  /** Micrometres of a pixel of the first level; undefined leaves the tags of the resolution out. */
  readonly micronsPerPixel?: number;
  /** Pixels an inch, instead of a resolution in centimetres. */
  readonly dotsPerInch?: number;
  /** Free text in the first directory. */
  readonly description: string;
  /** Added to where the last tile of the first level is said to lie. */
  readonly lastTileMovedBy?: number;
  /** Extents that the first directory states instead of those of its picture. */
  readonly statedExtents?: { readonly width: number; readonly height: number };
}

type Field = readonly [tag: number, type: 2 | 3 | 4 | 5, values: readonly number[]];

const TILE = { width: 80, height: 64 } as const;
/** What stands in a tile beyond the edge of a level. */
const BEYOND = 7;
const TYPE_BYTES = { 2: 1, 3: 2, 4: 4, 5: 8 } as const;

/** A pyramid as a TIFF in tiles (classic, little endian, uncompressed RGB), a directory for each level, finest first. */
export function tiffSlide(levels: readonly Picture[], settings: TiffSlideSettings): Buffer {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])];
  let size = 8;
  const add = (bytes: Buffer): number => {
    const at = size;
    parts.push(bytes);
    size += bytes.length;
    return at;
  };
  const directories = levels.map((picture, index) => {
    const tiles = tilesOf(picture);
    const offsets = tiles.map(add);
    if (index === 0) offsets[offsets.length - 1] = (offsets.at(-1) as number) + (settings.lastTileMovedBy ?? 0);
    return fieldsOf(picture, index === 0 ? settings : { description: '' }, offsets, tiles);
  });
  let linkAt = 4;
  for (const fields of directories) {
    const written = directory(fields, add);
    const file = Buffer.concat(parts);
    parts.splice(0, parts.length, file);
    file.writeUInt32LE(written.at, linkAt);
    linkAt = written.linkAt;
  }
  return Buffer.concat(parts);
}

function tilesOf(picture: Picture): Buffer[] {
  const tiles: Buffer[] = [];
  for (let y = 0; y < picture.height; y += TILE.height) {
    for (let x = 0; x < picture.width; x += TILE.width) {
      tiles.push(Buffer.from(cutOut(picture, x, y, TILE.width, TILE.height, BEYOND)));
    }
  }
  return tiles;
}

function fieldsOf(
  picture: Picture,
  { micronsPerPixel, dotsPerInch, description, statedExtents }: TiffSlideSettings,
  offsets: readonly number[],
  tiles: readonly Buffer[],
): Field[] {
  const { width, height } = statedExtents ?? picture;
  // Pixels a centimetre as a fraction of whole numbers.
  const centimetre = micronsPerPixel === undefined ? undefined : [10_000_000, Math.round(micronsPerPixel * 1000)];
  const resolution = dotsPerInch === undefined ? centimetre : [dotsPerInch, 1];
  return [
    [254, 4, [description === '' ? 1 : 0]],
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, [8, 8, 8]],
    [259, 3, [1]],
    [262, 3, [2]],
    ...(description === '' ? [] : [[270, 2, [...Buffer.from(`${description}\0`, 'latin1')]] as Field]),
    [277, 3, [3]],
    ...(resolution === undefined
      ? []
      : ([
          [282, 5, resolution],
          [283, 5, resolution],
        ] as Field[])),
    [284, 3, [1]],
    ...(resolution === undefined ? [] : [[296, 3, [dotsPerInch === undefined ? 3 : 2]] as Field]),
    [322, 3, [TILE.width]],
    [323, 3, [TILE.height]],
    [324, 4, offsets],
    [325, 4, tiles.map(({ length }) => length)],
  ];
}

function directory(fields: readonly Field[], add: (bytes: Buffer) => number): { at: number; linkAt: number } {
  const table = Buffer.alloc(2 + 12 * fields.length + 4);
  table.writeUInt16LE(fields.length);
  fields.forEach(([tag, type, values], index) => {
    const at = 2 + 12 * index;
    const content = contentOf(type, values);
    table.writeUInt16LE(tag, at);
    table.writeUInt16LE(type, at + 2);
    table.writeUInt32LE(type === 5 ? values.length / 2 : values.length, at + 4);
    if (content.length > 4) table.writeUInt32LE(add(content), at + 8);
    else content.copy(table, at + 8);
  });
  const at = add(table);
  return { at, linkAt: at + table.length - 4 };
}

function contentOf(type: Field[1], values: readonly number[]): Buffer {
  const bytes = TYPE_BYTES[type] === 8 ? 4 : TYPE_BYTES[type];
  // Values of a directory begin at even places.
  const content = Buffer.alloc(Math.ceil((values.length * bytes) / 2) * 2);
  values.forEach((value, index) => {
    content.writeUIntLE(value, index * bytes, bytes);
  });
  return content;
}
