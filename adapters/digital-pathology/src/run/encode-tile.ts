import { crc32, deflateSync } from 'node:zlib';

/** RGB pixels as a picture file that costs next to nothing to make: nothing is compressed, and nothing lost. */
export interface TileEncoder {
  readonly mediaType: 'image/bmp' | 'image/png';
  encode(pixels: Uint8Array, side: number): Buffer;
}

/** BMP where the model takes it, else PNG with stored blocks. */
export function tileEncoder(mediaTypes: readonly string[]): TileEncoder {
  return mediaTypes.includes('image/bmp')
    ? { mediaType: 'image/bmp', encode: encodeBmp }
    : { mediaType: 'image/png', encode: encodeStoredPng };
}

const BMP_HEAD_BYTES = 54;

/** 24 bits a pixel, from the lowest line up, blue first; lines end on multiples of four bytes. */
function encodeBmp(pixels: Uint8Array, side: number): Buffer {
  const line = Math.ceil((side * 3) / 4) * 4;
  const file = Buffer.alloc(BMP_HEAD_BYTES + line * side);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(BMP_HEAD_BYTES, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(line * side, 34);
  for (let y = 0; y < side; y++) {
    let from = y * side * 3;
    let to = BMP_HEAD_BYTES + (side - 1 - y) * line;
    for (let x = 0; x < side; x++, from += 3, to += 3) {
      file[to] = pixels[from + 2] as number;
      file[to + 1] = pixels[from + 1] as number;
      file[to + 2] = pixels[from] as number;
    }
  }
  return file;
}

/** ISO/IEC 15948, 8-bit RGB, no filter. */
function encodeStoredPng(pixels: Uint8Array, side: number): Buffer {
  const lines = Buffer.alloc((side * 3 + 1) * side);
  for (let y = 0; y < side; y++) {
    lines.set(pixels.subarray(y * side * 3, (y + 1) * side * 3), y * (side * 3 + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(lines, { level: 0 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(name: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(name, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}
