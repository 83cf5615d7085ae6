export interface BmpOptions {
  readonly width: number;
  /** Negative for top-down. */
  readonly height: number;
  readonly bits: number;
  /** Rows as they are stored, each filled up to four bytes. */
  readonly rows: readonly (readonly number[])[];
  /** Blue, green, red, and a byte that says nothing. */
  readonly palette?: readonly (readonly number[])[];
  /** Default 0, none. */
  readonly compression?: number;
  /** Size of the header. Default 40. */
  readonly header?: number;
  /** Of red, green, blue and alpha, behind the first 40 bytes. */
  readonly masks?: readonly number[];
}

/** A BMP of Windows, written by the book, for tests of what reads them. */
export function bmpFile(options: BmpOptions): Buffer {
  const { width, height, bits, rows, palette = [], compression = 0, header = 40, masks = [] } = options;
  const info = Buffer.alloc(Math.max(header, 40 + masks.length * 4));
  info.writeUInt32LE(header, 0);
  info.writeInt32LE(width, 4);
  info.writeInt32LE(height, 8);
  info.writeUInt16LE(1, 12);
  info.writeUInt16LE(bits, 14);
  info.writeUInt32LE(compression, 16);
  info.writeUInt32LE(palette.length, 32);
  masks.forEach((mask, i) => {
    info.writeUInt32LE(mask, 40 + i * 4);
  });
  const pixels = Buffer.concat(
    rows.map((row) => Buffer.concat([Buffer.from(row), Buffer.alloc((4 - (row.length % 4)) % 4)])),
  );
  const head = Buffer.alloc(14);
  head.write('BM');
  const start = 14 + info.length + palette.length * 4;
  head.writeUInt32LE(start + pixels.length, 2);
  head.writeUInt32LE(start, 10);
  return Buffer.concat([head, info, Buffer.from(palette.flat()), pixels]);
}
