import { crc32 } from 'node:zlib';

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  /** Grey, or red, green and blue. */
  readonly channels: 1 | 3;
  /** Row by row; of 16 bits only grey ones. */
  readonly samples: Uint8Array | Uint16Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const LONGEST_BLOCK = 65535;
const ADLER = 65521;

/**
 * A PNG (ISO/IEC 15948) whose bytes depend on its samples alone: its lines are stored, not packed, since what
 * zlib makes of the same bytes differs between its versions.
 *
 * @throws RangeError for samples that are not those of the size
 */
export function encodePng({ width, height, channels, samples }: PngPicture): Buffer {
  if (width < 1 || height < 1 || samples.length !== width * height * channels) {
    throw new RangeError(`encodePng: ${samples.length} samples are not ${width} x ${height} x ${channels}`);
  }
  const isDeep = samples instanceof Uint16Array;
  const lineBytes = width * channels * (isDeep ? 2 : 1);
  const lines = Buffer.alloc((lineBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    // A line begins with its filter, 0 for none.
    const at = y * (lineBytes + 1) + 1;
    const line = samples.subarray(y * width * channels, (y + 1) * width * channels);
    if (isDeep) line.forEach((value, x) => void lines.writeUInt16BE(value, at + x * 2));
    else lines.set(line, at);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([isDeep ? 16 : 8, channels === 3 ? 2 : 0, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    pngChunk('IHDR', head),
    pngChunk('IDAT', storedZlib(lines)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4). */
function storedZlib(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < bytes.length; at += LONGEST_BLOCK) {
    const block = bytes.subarray(at, at + LONGEST_BLOCK);
    const head = Buffer.alloc(5);
    head[0] = at + LONGEST_BLOCK >= bytes.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(adler32(bytes));
  return Buffer.concat([...parts, sum]);
}

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  // 5552 is the most bytes whose sums stay below 2^32.
  for (let at = 0; at < bytes.length; at += 5552) {
    for (const byte of bytes.subarray(at, at + 5552)) {
      low += byte;
      high += low;
    }
    low %= ADLER;
    high %= ADLER;
  }
  return high * 65536 + low;
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
