import { promisify } from 'node:util';
import { crc32, deflate, deflateSync } from 'node:zlib';
import type { RegionMap } from './region-map.js';

/**
 * Change of the probability that has the strongest colour at least: in a map that hardly moves the score, colours
 * would else be as loud as in one that decides it.
 */
export const LEAST_STRONGEST = 0.01;

/** Entries of the palette: nothing, the colours, and what the model did not look at. */
const COLOURS = 254;
const NOT_LOOKED_AT = COLOURS + 1;

/** From blue to cyan, and less and less transparent: seen on grey radiographs and on the reds of skin and tissue alike. */
const PALETTE = Array.from({ length: 256 }, (_, index): readonly [rgb: readonly number[], alpha: number] => {
  if (index === NOT_LOOKED_AT) return [[128, 128, 128], 200];
  const part = index / COLOURS;
  return [[0, Math.round(70 + 185 * part), 255], Math.round(255 * 0.7 * part ** 0.8)];
});

/**
 * The map as a transparent PNG to be laid over the image. It is written here, of numbers: no picture of anybody is
 * decoded on the way, and compressing leaves the event loop free.
 */
export async function overlayPng({ columns, rows, values, strongest }: RegionMap): Promise<Buffer> {
  const top = Math.max(strongest, LEAST_STRONGEST);
  const lines = Buffer.alloc((columns + 1) * rows);
  // Stripes are two pixels wide on a small image, and are still seen on a large one.
  const stripe = Math.max(2, Math.round(Math.max(columns, rows) / 64));
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column] as number;
      const isStripe = Math.floor((row + column) / stripe) % 2 === 0;
      const index = Number.isNaN(value)
        ? isStripe
          ? NOT_LOOKED_AT
          : 0
        : Math.round((Math.max(0, value) / top) * COLOURS);
      lines[row * (columns + 1) + 1 + column] = index;
    }
  }
  return pngFile(columns, rows, await promisify(deflate)(lines));
}

/** The colours from nothing to the strongest, one pixel high, for the scale beside the map. */
export function scalePng(): Buffer {
  return pngFile(NOT_LOOKED_AT, 1, deflateSync(Buffer.from([0, ...Array(NOT_LOOKED_AT).keys()])));
}

/** A PNG of 8 bits a pixel with the palette (PNG, third edition, 5 and 11). */
function pngFile(width: number, height: number, data: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(PALETTE.flatMap(([rgb]) => rgb))),
    chunk('tRNS', Buffer.from(PALETTE.map(([, alpha]) => alpha))),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.byteLength, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
