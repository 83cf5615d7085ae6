import { requireLength } from '../row-check.js';
import type { ImageSize } from './image-size.js';

export interface ClaheOptions {
  /** Largest count of a level in a tile, in units of an even histogram; 0 or less for no limit. */
  readonly clipLimit: number;
  /** Tiles along each axis. */
  readonly tilesX: number;
  readonly tilesY: number;
}

const LEVELS = 256;

/**
 * Contrast-limited adaptive histogram equalisation of a grey UINT8 image as OpenCV defines it
 * (`cv::createCLAHE`), with its arithmetic in FP32: each tile has a table of levels from its clipped
 * histogram, and a pixel is interpolated between the tables of the four nearest tiles. An image that tiles
 * do not fill is mirrored at its right and lower edge first (OpenCV's BORDER_REFLECT_101).
 *
 * Throws RangeError for a size that does not fit the pixels, more than one channel, and tiles of which there
 * is less than one, or more than pixels along an axis.
 *
 * @param output as many bytes as `pixels`
 */
export function clahe(pixels: Uint8Array, size: ImageSize, options: ClaheOptions, output: Uint8Array): void {
  const { width, height, channels } = size;
  const { tilesX, tilesY } = options;
  if (channels !== 1) throw new RangeError(`clahe: an image has 1 channel, got ${channels}`);
  requireLength('clahe', 'the input', pixels.length, width * height);
  requireLength('clahe', 'the output', output.length, width * height);
  for (const [tiles, extent] of [
    [tilesX, width],
    [tilesY, height],
  ] as const) {
    if (Number.isInteger(tiles) && tiles >= 1 && tiles <= extent) continue;
    throw new RangeError(`clahe: ${extent} pixels take 1 to ${extent} tiles, got ${tiles}`);
  }
  // Where one axis is not filled, OpenCV adds a tile's worth to the other one, too.
  const isFilled = width % tilesX === 0 && height % tilesY === 0;
  const tileWidth = (isFilled ? width : width + tilesX - (width % tilesX)) / tilesX;
  const tileHeight = (isFilled ? height : height + tilesY - (height % tilesY)) / tilesY;
  const tables = new Uint8Array(tilesX * tilesY * LEVELS);
  for (let ty = 0; ty < tilesY; ty++) {
    for (let tx = 0; tx < tilesX; tx++) {
      const histogram = new Int32Array(LEVELS);
      for (let y = ty * tileHeight; y < (ty + 1) * tileHeight; y++) {
        const row = mirrored(y, height) * width;
        for (let x = tx * tileWidth; x < (tx + 1) * tileWidth; x++) {
          const level = pixels[row + mirrored(x, width)] as number;
          histogram[level] = (histogram[level] as number) + 1;
        }
      }
      clipHistogram(histogram, options.clipLimit, tileWidth * tileHeight);
      const at = (ty * tilesX + tx) * LEVELS;
      fillTable(histogram, tileWidth * tileHeight, tables.subarray(at, at + LEVELS));
    }
  }
  const columns = Array.from({ length: width }, (_, x) => between(x, tileWidth, tilesX));
  for (let y = 0; y < height; y++) {
    const row = between(y, tileHeight, tilesY);
    for (let x = 0; x < width; x++) {
      const column = columns[x] as Between;
      const level = pixels[y * width + x] as number;
      const tableAt = (ty: number, tx: number) => tables[(ty * tilesX + tx) * LEVELS + level] as number;
      const along = (ty: number) =>
        Math.fround(
          Math.fround(tableAt(ty, column.first) * column.firstPart) +
            Math.fround(tableAt(ty, column.second) * column.secondPart),
        );
      const value = Math.fround(
        Math.fround(along(row.first) * row.firstPart) + Math.fround(along(row.second) * row.secondPart),
      );
      output[y * width + x] = toLevel(value);
    }
  }
}

/** Beyond the last element the ones before it, without itself; never further than once around. */
function mirrored(index: number, extent: number): number {
  let at = index;
  // A border can be wider than the image is.
  while (at >= extent || at < 0) {
    if (extent === 1) return 0;
    at = at < 0 ? -at : 2 * (extent - 1) - at;
  }
  return at;
}

/** What lies above the limit is spread over all levels, and the rest over levels at even distances. */
function clipHistogram(histogram: Int32Array, clipLimit: number, pixels: number): void {
  if (!(clipLimit > 0)) return;
  const limit = Math.max(Math.trunc((clipLimit * pixels) / LEVELS), 1);
  let clipped = 0;
  histogram.forEach((count, level) => {
    if (count <= limit) return;
    clipped += count - limit;
    histogram[level] = limit;
  });
  const share = Math.trunc(clipped / LEVELS);
  let rest = clipped - share * LEVELS;
  histogram.forEach((count, level) => {
    histogram[level] = count + share;
  });
  const step = rest === 0 ? 0 : Math.max(Math.trunc(LEVELS / rest), 1);
  for (let level = 0; level < LEVELS && rest > 0; level += step, rest--) {
    histogram[level] = (histogram[level] as number) + 1;
  }
}

function fillTable(histogram: Int32Array, pixels: number, table: Uint8Array): void {
  const scale = Math.fround(Math.fround(LEVELS - 1) / pixels);
  let sum = 0;
  histogram.forEach((count, level) => {
    sum += count;
    table[level] = toLevel(Math.fround(sum * scale));
  });
}

interface Between {
  readonly first: number;
  readonly second: number;
  readonly firstPart: number;
  readonly secondPart: number;
}

/** The two tiles whose centres a pixel lies between, and how near it is to each. */
function between(index: number, tile: number, tiles: number): Between {
  const inverse = Math.fround(1 / tile);
  const place = Math.fround(Math.fround(index * inverse) - 0.5);
  const before = Math.floor(place);
  const secondPart = Math.fround(place - before);
  return {
    first: Math.max(before, 0),
    second: Math.min(before + 1, tiles - 1),
    firstPart: Math.fround(1 - secondPart),
    secondPart,
  };
}

/** To the nearest level, of two the even one. */
function toLevel(value: number): number {
  const floor = Math.floor(value);
  const over = value - floor;
  const rounded = over > 0.5 || (over === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return Math.min(Math.max(rounded, 0), LEVELS - 1);
}
