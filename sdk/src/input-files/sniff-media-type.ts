import type { ImageMediaType } from '../package/image-spec.js';

const SIGNATURES: readonly (readonly [mediaType: ImageMediaType, offset: number, bytes: readonly number[]])[] = [
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  // Behind a preamble of 128 bytes that may hold anything, even the start of a TIFF (PS3.10, 7.1).
  ['application/dicom', 128, [0x44, 0x49, 0x43, 0x4d]],
  ['image/tiff', 0, [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ['image/tiff', 0, [0x49, 0x49, 0x2b, 0x00]],
  ['image/tiff', 0, [0x4d, 0x4d, 0x00, 0x2b]],
  // Two letters are little; where the reserved bytes are not 0 it is another file.
  ['image/bmp', 0, [0x42, 0x4d]],
];

/** Media type of an image by what the file holds, whatever it is called; undefined for any other file. */
export function sniffMediaType(bytes: Uint8Array): ImageMediaType | undefined {
  const found = SIGNATURES.find(([, offset, signature]) =>
    signature.every((byte, i) => bytes[offset + i] === byte),
  )?.[0];
  if (found === 'image/bmp' && (bytes.length < 10 || bytes.subarray(6, 10).some((byte) => byte !== 0)))
    return undefined;
  return found;
}
