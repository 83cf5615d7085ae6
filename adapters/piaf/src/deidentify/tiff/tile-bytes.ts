import { inflate } from '../clean-png.js';
import { blankJpeg, blankJpeg2000, endOfPackBits } from '../codestreams/blank-codestream.js';
import { DamagedStream } from '../codestreams/jpeg-segments.js';
import { refusal } from '../refusals.js';

export const COMPRESSION = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  oldDeflate: 32946,
  packBits: 32773,
  aperioYcbcr: 33003,
  aperioRgb: 33005,
  jpeg2000: 34712,
} as const;

/** Whether the tiles and strips of a compression can be told from what else lies behind their data. */
export function isKnownCompression(compression: number): boolean {
  return Object.values<number>(COMPRESSION).includes(compression);
}

/**
 * Zeroes what lies behind the picture in the bytes of a tile or a strip, and comments within them. Whether there was
 * anything.
 *
 * @param bytes owned by the caller, and changed
 * @param rawBytes of the tile, not compressed
 * @throws DH_DEIDENTIFICATION_REFUSED for bytes that are no such picture
 */
export function blankBehindTile(bytes: Buffer, compression: number, rawBytes: number): number {
  try {
    switch (compression) {
      case COMPRESSION.jpeg:
        return blankJpeg(bytes);
      case COMPRESSION.aperioYcbcr:
      case COMPRESSION.aperioRgb:
      case COMPRESSION.jpeg2000:
        return blankJpeg2000(bytes);
      case COMPRESSION.none:
        return blankFrom(bytes, rawBytes);
      case COMPRESSION.packBits:
        return blankFrom(bytes, endOfPackBits(bytes, 0, bytes.length, rawBytes));
      case COMPRESSION.lzw:
        return blankFrom(bytes, endOfLzw(bytes, rawBytes));
      default: {
        const inflated = inflate(bytes, rawBytes);
        if (inflated === undefined) throw new DamagedStream('that is damaged');
        return blankFrom(bytes, inflated.consumed);
      }
    }
  } catch (thrown) {
    if (thrown instanceof DamagedStream) throw refusal(`has a tile of a stream ${thrown.message}`, thrown);
    throw thrown;
  }
}

function blankFrom(bytes: Buffer, end: number): number {
  if (end > bytes.length) throw new DamagedStream('that is cut off');
  const rest = bytes.subarray(end);
  if (rest.every((byte) => byte === 0)) return 0;
  rest.fill(0);
  return 1;
}

const CLEAR = 256;
const END = 257;
const MOST_WIDTH = 12;

/** Where the codes of TIFF's LZW end (TIFF 6.0, 13): at their end, or once they have given all bytes. */
function endOfLzw(bytes: Buffer, wanted: number): number {
  // Of each code, how many bytes it stands for.
  const lengths = new Uint32Array(4096);
  lengths.fill(1, 0, 256);
  let next = END + 1;
  let width = 9;
  let previous = -1;
  let made = 0;
  let bit = 0;
  for (;;) {
    if (bit + width > bytes.length * 8) {
      if (made >= wanted) return bytes.length;
      throw new DamagedStream('that is cut off');
    }
    const at = bit >> 3;
    const window = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const code = (window >> (24 - width - (bit & 7))) & ((1 << width) - 1);
    bit += width;
    if (code === END || made > wanted) return Math.min(bytes.length, Math.ceil(bit / 8));
    if (code === CLEAR) {
      [next, width, previous] = [END + 1, 9, -1];
      continue;
    }
    if (previous >= 0 && next < 4096) {
      lengths[next] = (lengths[previous] as number) + 1;
      next++;
    }
    if (code >= next || code === END) throw new DamagedStream('that is damaged');
    made += lengths[code] as number;
    previous = code;
    // One code early, as TIFF has it.
    while (next >= (1 << width) - 1 && width < MOST_WIDTH) width++;
  }
}
