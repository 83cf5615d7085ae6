import type { DicomHeader } from './decode-dicom.js';
import { DicomRefusal } from './dicom-refusal.js';

const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;

/**
 * DICOM's RLE (PS3.5, Annex G): a segment for each byte of each sample, the most significant first,
 * packed as in TIFF's PackBits. The result is interleaved and little endian.
 *
 * Written here because the decoders at hand fill up what is missing with zeros: an image that is cut off
 * would look whole.
 */
export function decodeRle(encoded: Uint8Array, { rows, columns, samples, bitsAllocated }: DicomHeader): Uint8Array {
  const pixels = rows * columns;
  const bytesPerSample = bitsAllocated / 8;
  const expected = samples * bytesPerSample;
  if (encoded.byteLength < HEADER_BYTES) throw new DicomRefusal('has an RLE frame without a header');
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== expected || segments > MAX_SEGMENTS) {
    throw new DicomRefusal(`has ${segments} RLE segments, where its pixels need ${expected}`);
  }
  const output = new Uint8Array(pixels * expected);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + segment * 4, true);
    const end = segment + 1 < segments ? view.getUint32(8 + segment * 4, true) : encoded.byteLength;
    if (start < HEADER_BYTES || end < start || end > encoded.byteLength) {
      throw new DicomRefusal('has RLE segments that lie outside of their frame');
    }
    const sample = Math.floor(segment / bytesPerSample);
    const byte = bytesPerSample - 1 - (segment % bytesPerSample);
    unpack(encoded.subarray(start, end), pixels, output.subarray(sample * bytesPerSample + byte), expected);
  }
  return output;
}

/** Every `step`th byte of the output, `count` of them. */
function unpack(packed: Uint8Array, count: number, output: Uint8Array, step: number): void {
  let from = 0;
  let done = 0;
  const need = (bytes: number, values: number) => {
    if (from + bytes <= packed.length && done + values <= count) return;
    throw new DicomRefusal('has an RLE segment of another length than its pixels');
  };
  while (done < count) {
    need(1, 0);
    const control = packed[from++] as number;
    if (control === 128) continue;
    const isRun = control > 128;
    const length = isRun ? 257 - control : control + 1;
    need(isRun ? 1 : length, length);
    for (let i = 0; i < length; i++, done++) output[done * step] = packed[isRun ? from : from + i] as number;
    from += isRun ? 1 : length;
  }
}
