import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { decode } from 'fast-png';

/** A ground truth: true where the object is. Row-major. */
export interface TruthMask {
  readonly width: number;
  readonly height: number;
  readonly isObject: Uint8Array;
}

/** Larger than any mask of one image; a file that claims more is refused before it is unpacked. */
const MOST_PIXELS = 64 * 1024 * 1024;

/** Byte of a PNG that says how it is interlaced (ISO/IEC 15948, 11.2.2). */
const INTERLACE_METHOD = 28;

/**
 * The mask of a PNG file: everything that is not 0 in its first channel is the object. Other formats are
 * refused: JPEG changes labels, and volumes are not images.
 *
 * @throws DeepHealthError DH_MEDIA_TYPE_UNSUPPORTED or DH_MEDIA_UNREADABLE
 */
export async function readMask(path: string): Promise<TruthMask> {
  if (extname(path).toLowerCase() !== '.png') {
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The mask is not a PNG file. Convert it without loss.');
  }
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The file of the mask cannot be read.', { cause });
  }
  // The header of a PNG has width and height at bytes 16 to 23 (ISO/IEC 15948, 11.2.2).
  if (bytes.length <= INTERLACE_METHOD || bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MOST_PIXELS) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', `The mask has more than ${MOST_PIXELS} pixels, or no header.`);
  }
  try {
    const { width, height, data, channels, depth, palette } = decode(bytes);
    // Of those the decoder reads each pixel from a byte of its own, which it has not.
    if (depth < 8 && bytes[INTERLACE_METHOD] !== 0) throw new RangeError('interlaced, and less than 8 bits a sample');
    const isObject = new Uint8Array(width * height);
    for (let i = 0; i < isObject.length; i++) {
      const value = depth < 8 ? packedSample(data, i, width, depth) : (data[i * channels] as number);
      isObject[i] = (palette === undefined ? value : (palette[value]?.[0] ?? 0)) === 0 ? 0 : 1;
    }
    return { width, height, isObject };
  } catch (cause) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The mask is truncated or damaged.', { cause });
  }
}

/** Of less than 8 bits, samples lie packed in bytes, the leftmost highest; each row begins a byte (PNG, 7.2). */
function packedSample(data: ArrayLike<number>, pixel: number, width: number, depth: number): number {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  const bit = x * depth;
  const byte = data[y * Math.ceil((width * depth) / 8) + Math.floor(bit / 8)] as number;
  return (byte >> (8 - depth - (bit % 8))) & (2 ** depth - 1);
}

/** A mask on another grid, each pixel from `floor(d * from / to)`, as ECVL brings masks to the size of images. */
export function resampleMask({ width, height, isObject }: TruthMask, toWidth: number, toHeight: number): Uint8Array {
  const result = new Uint8Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y++) {
    const row = Math.floor((y * height) / toHeight) * width;
    for (let x = 0; x < toWidth; x++)
      result[y * toWidth + x] = isObject[row + Math.floor((x * width) / toWidth)] as number;
  }
  return result;
}
