import { inflateSync } from 'node:zlib';
import { pngFile } from '@deephealth/sdk/testing';
import { namedTensor } from './named-tensor.js';

const NAME = /^(?<tensor>[a-z]+\d*-(?<height>\d+)x(?<width>\d+)|list\([^)]*\)-(?<rows>\d+)x(?<columns>\d+))\.png$/;
const SIGNATURE_BYTES = 8;

/** A grey picture of 8 bits. */
export interface GreyPicture {
  readonly height: number;
  readonly width: number;
  /** Row after row. */
  readonly values: Uint8Array;
}

/**
 * A picture by its name, as a PNG file: `noise7-6x8.png` has the pixels of the tensor `noise7-6x8.uint8`.
 *
 * @throws RangeError for another name
 */
export function namedPicture(name: string): Buffer {
  const parts = NAME.exec(name)?.groups;
  if (parts?.tensor === undefined) throw new RangeError(`"${name}" names no picture`);
  const { shape, data } = namedTensor(`${parts.tensor}.uint8`);
  const [height, width] = shape as [number, number];
  return pngFile({ width, height, depth: 8, colour: 'gray', bytes: [...data] });
}

/** Reads the suite's own pictures back: grey, 8 bits, no filter. Throws RangeError for any other. */
export function decodePicture(file: Uint8Array): GreyPicture {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const chunks = chunksOf(bytes);
  const header = chunks.get('IHDR');
  const packed = chunks.get('IDAT');
  if (header === undefined || packed === undefined) throw new RangeError('this is no picture of the suite');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const lines = inflateSync(packed);
  if (lines.length !== height * (width + 1)) throw new RangeError('the picture is not grey with 8 bits');
  const values = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    if (lines[row * (width + 1)] !== 0) throw new RangeError('the picture has filtered lines');
    values.set(lines.subarray(row * (width + 1) + 1, (row + 1) * (width + 1)), row * width);
  }
  return { width, height, values };
}

function chunksOf(bytes: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
}
