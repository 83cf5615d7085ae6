import type { GreyPicture } from '../tensors/named-picture.js';

const PREAMBLE = 132;
const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'OD', 'OF', 'OL', 'UC', 'UR']);
const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const PIXELS = 0x7fe00010;

/** Reads the suite's own radiographs back, cleaned or not: explicit VR, little endian. Throws RangeError for others. */
export function decodeDicom(file: Uint8Array): GreyPicture {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const found = elementsOf(bytes);
  const [rows, columns, pixels] = [found.get(ROWS), found.get(COLUMNS), found.get(PIXELS)];
  if (!rows || !columns || !pixels) throw new RangeError('this is no radiograph of the suite');
  const [height, width] = [rows.readUInt16LE(0), columns.readUInt16LE(0)];
  return { height, width, values: Uint8Array.from(pixels.subarray(0, height * width)) };
}

function elementsOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = PREAMBLE; at + 8 <= bytes.length; ) {
    const tag = bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2);
    const isLong = LONG.has(bytes.toString('latin1', at + 4, at + 6));
    const length = isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    const start = at + (isLong ? 12 : 8);
    if (start + length > bytes.length) break;
    found.set(tag, bytes.subarray(start, start + length));
    at = start + length;
  }
  return found;
}
