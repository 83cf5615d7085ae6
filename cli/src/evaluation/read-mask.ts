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
  if (bytes.length < 24 || bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MOST_PIXELS) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', `The mask has more than ${MOST_PIXELS} pixels, or no header.`);
  }
  try {
    const { width, height, data, channels, palette } = decode(bytes);
    const isObject = new Uint8Array(width * height);
    for (let i = 0; i < isObject.length; i++) {
      const value = data[i * channels] as number;
      isObject[i] = (palette === undefined ? value : (palette[value]?.[0] ?? 0)) === 0 ? 0 : 1;
    }
    return { width, height, isObject };
  } catch (cause) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The mask is truncated or damaged.', { cause });
  }
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
