import type { DicomHeader } from './decode-dicom.js';
import { DicomRefusal } from './dicom-refusal.js';

const MARKER_BYTES = 2;
/** More than the decoder reads ahead. */
const ROOM_BYTES = 16;

/**
 * A stream of lossless JPEG (ITU-T T.81, process 14): samples, little endian.
 *
 * The decoder reads ahead and stops at the end marker, with pixels that it had not yet given. So the marker
 * is put further back.
 *
 * @param encoded ends with the marker
 * @throws DicomRefusal
 */
export async function decodeJpegLossless(encoded: Uint8Array, header: DicomHeader): Promise<Uint8Array> {
  const { Decoder } = await import('jpeg-lossless-decoder-js');
  const stream = new Uint8Array(encoded.length + ROOM_BYTES);
  stream.set(encoded.subarray(0, -MARKER_BYTES));
  stream.set([0xff, 0xd9], stream.length - MARKER_BYTES);
  try {
    const decoded = new Decoder().decode(stream.buffer, 0, stream.length, header.bitsAllocated / 8);
    return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  } catch (thrown) {
    throw new DicomRefusal('has Pixel Data that its codec cannot read', { cause: thrown });
  }
}
