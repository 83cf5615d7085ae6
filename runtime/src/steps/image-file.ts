import type { ImageInputSpec } from '@deephealth/sdk';

type ImageMediaType = ImageInputSpec['mediaTypes'][number];

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_START = [0xff, 0xd8, 0xff];

/**
 * Media type by the first bytes; undefined if they are neither a PNG's nor a JPEG's. The decoder
 * reads more formats than the contract names, so nothing reaches it before this has been asked.
 */
export function sniffImage(bytes: Uint8Array): ImageMediaType | undefined {
  if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return 'image/png';
  if (JPEG_START.every((byte, i) => bytes[i] === byte)) return 'image/jpeg';
  return undefined;
}

/**
 * What keeps the chunks of a PNG (ISO/IEC 15948, clause 5) from being one whole still image, as a
 * phrase; undefined if nothing does. The decoder accepts a file whose end is cut off behind the last
 * pixel, and shows the first frame of an animation without a word.
 */
export function pngFault(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = PNG_SIGNATURE.length;
  while (offset + 12 <= bytes.byteLength) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === 'acTL') return 'is an animation';
    offset += 12 + length;
    if (type === 'IEND') return offset <= bytes.byteLength ? undefined : 'is cut off';
  }
  return 'is cut off';
}
