import { deflateSync } from 'node:zlib';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { streamWithComment } from '../testing/planted-pictures.js';
import { blankBehindTile, COMPRESSION } from './tile-bytes.js';

/** Codes of TIFF's LZW (TIFF 6.0, 13), as an encoder writes them that clears its table when it is full. */
function lzw(bytes: Uint8Array): Buffer {
  const bits: number[] = [];
  let table = new Map<string, number>();
  let width = 9;
  const put = (code: number) => {
    for (let bit = width - 1; bit >= 0; bit--) bits.push((code >> bit) & 1);
  };
  const clear = () => {
    put(256);
    table = new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(byte), byte]));
    width = 9;
  };
  const codeOf = (text: string) => table.get(text) as number;
  clear();
  let next = 258;
  let text = '';
  for (const byte of bytes) {
    const longer = text + String.fromCharCode(byte);
    if (table.has(longer)) {
      text = longer;
      continue;
    }
    put(codeOf(text));
    table.set(longer, next++);
    if (next === 512 || next === 1024 || next === 2048) width++;
    if (next === 4094) {
      clear();
      next = 258;
    }
    text = String.fromCharCode(byte);
  }
  put(codeOf(text));
  put(257);
  const packed = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, index) => {
    packed[index >> 3] = (packed[index >> 3] as number) | (bit << (7 - (index & 7)));
  });
  return packed;
}

const random = seededRandom(3);
const RAW = Buffer.from(
  Uint8Array.from({ length: 20_000 }, (_, index) => (index % 7 === 0 ? random() * 40 : index / 90)),
);
const literals = Buffer.concat(
  Array.from({ length: 200 }, (_, index) =>
    Buffer.concat([Buffer.from([99]), RAW.subarray(index * 100, index * 100 + 100)]),
  ),
);
const TILES = {
  none: RAW,
  lzw: lzw(RAW),
  deflate: deflateSync(RAW),
  packBits: literals,
  jpeg2000: Buffer.from(streamWithComment(Buffer.alloc(0))),
} as const;

describe('what lies behind the pixels of a tile', () => {
  it.each(Object.entries(TILES))('is zeroed, and nothing else: %s', (name, tile) => {
    const compression = COMPRESSION[name as keyof typeof TILES];
    const untouched = Buffer.from(tile);
    blankBehindTile(untouched, compression, RAW.length);
    const planted = Buffer.concat([tile, Buffer.from('VANDENBERG')]);
    expect(blankBehindTile(planted, compression, RAW.length)).toBeGreaterThan(0);
    expect(planted.subarray(0, tile.length)).toEqual(untouched);
    expect(planted.subarray(tile.length).every((byte) => byte === 0)).toBe(true);
    if (name !== 'jpeg2000') expect(untouched).toEqual(tile);
  });

  it.each(['none', 'lzw', 'packBits'] as const)('cannot be told of a tile that is cut off: %s', (name) => {
    expect(() => blankBehindTile(Buffer.from(TILES[name].subarray(0, 100)), COMPRESSION[name], RAW.length)).toThrow(
      'cut off',
    );
  });
});
