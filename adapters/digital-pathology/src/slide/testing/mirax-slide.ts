import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cropPicture, encodeJpeg, halvedPicture, type TestPicture } from './test-picture.js';

export interface MiraxOptions {
  /** Tiles across and down of the canvas; those of the picture lie in the midst of it. */
  readonly columns: number;
  readonly rows: number;
  /** Tile at which the picture begins; even, so that the second level's tiles lie along it. */
  readonly left: number;
  readonly top: number;
  /** Micrometres of a pixel, across and down. Default 0.25. */
  readonly micronsPerPixel?: readonly [x: number, y: number];
  /** Place of a tile of the first level whose JPEG is spoilt. */
  readonly spoilt?: number;
}

export const MIRAX_TILE = 64;
const SLIDE_ID = '0123456789ABCDEF0123456789ABCDEF';
const VERSION = '01.02';

interface Entry {
  readonly image: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * A MIRAX slide of two levels, in a file and the folder of its name, as far as OpenSlide looks at it: only
 * the tiles of the picture are stored, as a scanner leaves out what holds no tissue.
 *
 * @param picture whole tiles wide and high, an even number of them
 * @returns path of the .mrxs file
 */
export async function miraxSlide(
  folder: string,
  name: string,
  picture: TestPicture,
  options: MiraxOptions,
): Promise<string> {
  const data: Uint8Array[] = [];
  let length = 0;
  const levels: Entry[][] = [];
  for (const [level, pixels] of [picture, halvedPicture(picture)].entries()) {
    const entries: Entry[] = [];
    for (let y = 0; y < pixels.height; y += MIRAX_TILE) {
      for (let x = 0; x < pixels.width; x += MIRAX_TILE) {
        const part = cropPicture(pixels, x, y, MIRAX_TILE, MIRAX_TILE);
        const jpeg = await encodeJpeg(part, MIRAX_TILE, MIRAX_TILE);
        if (level === 0 && entries.length === options.spoilt) jpeg.fill(0);
        // Images are counted in tiles of the first level.
        const [column, row] = [
          options.left + (x / MIRAX_TILE) * 2 ** level,
          options.top + (y / MIRAX_TILE) * 2 ** level,
        ];
        entries.push({ image: row * options.columns + column, offset: length, length: jpeg.length });
        data.push(jpeg);
        length += jpeg.length;
      }
    }
    levels.push(entries);
  }
  const inside = join(folder, name);
  await mkdir(inside);
  await writeFile(join(inside, 'Data0000.dat'), Buffer.concat(data));
  await writeFile(join(inside, 'Index.dat'), indexFile(levels));
  await writeFile(join(inside, 'Slidedat.ini'), slidedat(options));
  const path = join(folder, `${name}.mrxs`);
  await writeFile(path, 'what programs show that do not know the format');
  return path;
}

/** Pointer to a table of levels; of each, a pointer to a page of entries. */
function indexFile(levels: readonly (readonly Entry[])[]): Buffer {
  const head = Buffer.from(VERSION + SLIDE_ID, 'latin1');
  const table = head.length + 8;
  let at = table + 4 * levels.length;
  const pointers: number[] = [];
  const pages = levels.map((entries) => {
    pointers.push(at);
    const page = longs([
      0,
      at + 8,
      entries.length,
      0,
      ...entries.flatMap(({ image, offset, length }) => [image, offset, length, 0]),
    ]);
    at += page.length;
    return page;
  });
  return Buffer.concat([head, longs([table, 0]), longs(pointers), ...pages]);
}

function longs(values: readonly number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}

function slidedat({ columns, rows, micronsPerPixel: [x, y] = [0.25, 0.25] }: MiraxOptions): string {
  const level = (index: number) => `[LAYER_0_LEVEL_${index}_SECTION]
OVERLAP_X = 0
OVERLAP_Y = 0
MICROMETER_PER_PIXEL_X = ${x * 2 ** index}
MICROMETER_PER_PIXEL_Y = ${y * 2 ** index}
IMAGE_FORMAT = JPEG
IMAGE_FILL_COLOR_BGR = 0
DIGITIZER_WIDTH = ${MIRAX_TILE}
DIGITIZER_HEIGHT = ${MIRAX_TILE}
IMAGE_CONCAT_FACTOR = ${index}
`;
  return `[GENERAL]
SLIDE_VERSION = ${VERSION}
SLIDE_ID = ${SLIDE_ID}
SLIDE_NAME = Doe
IMAGENUMBER_X = ${columns}
IMAGENUMBER_Y = ${rows}
OBJECTIVE_MAGNIFICATION = 40
[HIERARCHICAL]
HIER_COUNT = 1
NONHIER_COUNT = 0
INDEXFILE = Index.dat
HIER_0_NAME = Slide zoom level
HIER_0_COUNT = 2
HIER_0_VAL_0_SECTION = LAYER_0_LEVEL_0_SECTION
HIER_0_VAL_1_SECTION = LAYER_0_LEVEL_1_SECTION
[DATAFILE]
FILE_COUNT = 1
FILE_0 = Data0000.dat
${level(0)}${level(1)}`;
}
