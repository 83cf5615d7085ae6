import { crc32, deflateSync } from 'node:zlib';

/** Colour types of a PNG. */
export const PNG_COLOUR = { gray: 0, rgb: 2, palette: 3, grayAlpha: 4, rgbAlpha: 6 } as const;

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colour: keyof typeof PNG_COLOUR;
  /** Bytes of the lines, without their filter bytes. */
  readonly bytes: readonly number[];
  /** Chunks between header and pixels. */
  readonly chunks?: readonly Uint8Array[];
}

/** A PNG written by hand, so that what a decoder does is not judged by its own encoder. */
export function pngFile({ width, height, depth, colour, bytes, chunks = [] }: PngOptions): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, PNG_COLOUR[colour], 0, 0, 0], 8);
  const lineBytes = bytes.length / height;
  const lines = Array.from({ length: height }, (_, y) => [0, ...bytes.slice(y * lineBytes, (y + 1) * lineBytes)]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    ...chunks,
    pngChunk('IDAT', deflateSync(Uint8Array.from(lines.flat()))),
    pngChunk('IEND', new Uint8Array(0)),
  ]);
}

/** A chunk with its length and checksum. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
