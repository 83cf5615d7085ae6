import type { DicomHeader, StoredPixels } from './decode-dicom.js';

/**
 * Values from the bytes of one frame, little endian and interleaved or planar as the header says: cut to
 * the bits stored, and with their sign. What stands in the bits above (overlays of old files) is taken
 * away (PS3.5, 8.1.1).
 *
 * @param bytes exactly those of one frame
 */
export function storedValues(bytes: Uint8Array, header: DicomHeader): StoredPixels {
  const { bitsAllocated, bitsStored, isSigned, samples, isPlanar } = header;
  const count = header.rows * header.columns * samples;
  // A copy: what arrives need not be aligned, and is not ours.
  const own = new Uint8Array(bytes).buffer;
  const wide = bitsAllocated === 8 ? new Uint8Array(own) : new Uint16Array(own);
  const shift = bitsAllocated - bitsStored;
  if (shift > 0) {
    const mask = 2 ** bitsStored - 1;
    const sign = 2 ** (bitsStored - 1);
    for (let i = 0; i < count; i++) {
      const value = (wide[i] as number) & mask;
      // Stored into the unsigned array: the same bits as of the negative number.
      wide[i] = isSigned && value >= sign ? value - 2 * sign : value;
    }
  }
  const values = isPlanar ? interleaved(wide, header.rows * header.columns) : wide;
  if (!isSigned) return values;
  return values instanceof Uint8Array
    ? new Int8Array(values.buffer, values.byteOffset, count)
    : new Int16Array(values.buffer, values.byteOffset, count);
}

function interleaved<T extends Uint8Array | Uint16Array>(planes: T, pixels: number): T {
  const output = planes.slice() as T;
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < pixels; i++) output[i * 3 + c] = planes[c * pixels + i] as number;
  }
  return output;
}
