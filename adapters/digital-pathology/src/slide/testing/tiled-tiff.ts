import { deflateSync } from 'node:zlib';
import { cropPicture, encodeJpeg, type TestPicture } from './test-picture.js';

export interface TiledTiffPage {
  readonly picture: TestPicture;
  /** Side of a tile. Default 16. */
  readonly tile?: number;
  /** Default 1: none. */
  readonly compression?: number;
  /** Default: by the compression. */
  readonly encode?: (pixels: Uint8Array, side: number) => Promise<Uint8Array> | Uint8Array;
  /** ImageDescription. */
  readonly description?: string;
  /** Other tags, or other values; a text, or numbers of 32 bits. Undefined leaves a tag out. */
  readonly tags?: Readonly<Record<number, string | readonly number[] | undefined>>;
}

const LONG = 4;
const ASCII = 2;
const RATIONAL = 5;
/** Tags whose values are written as fractions of 1000. */
const RATIONALS = [282, 283];

/** A TIFF of tiles, written by hand. */
export async function tiledTiff(pages: readonly TiledTiffPage[], order: 'II' | 'MM' = 'II'): Promise<Buffer> {
  const writer = new TiffWriter(order);
  for (const page of pages) await writer.add(page);
  return writer.bytes();
}

class TiffWriter {
  private readonly isLittle: boolean;
  private readonly parts: Buffer[] = [];
  private length = 0;
  /** Where the offset of the next directory is to be written. */
  private link = 4;

  constructor(order: 'II' | 'MM') {
    this.isLittle = order === 'II';
    this.put(Buffer.concat([Buffer.from(order), this.number(42, 2), this.number(0, 4)]));
  }

  async add(page: TiledTiffPage): Promise<void> {
    const { picture, tile = 16, compression = 1 } = page;
    const encode = page.encode ?? ENCODERS[compression];
    if (encode === undefined) throw new RangeError(`no encoder for compression ${compression}`);
    const offsets: number[] = [];
    const lengths: number[] = [];
    for (let y = 0; y < picture.height; y += tile) {
      for (let x = 0; x < picture.width; x += tile) {
        const bytes = await encode(cropPicture(picture, x, y, tile, tile, 0), tile);
        offsets.push(this.put(bytes));
        lengths.push(bytes.length);
      }
    }
    const values: Record<number, string | readonly number[] | undefined> = {
      256: [picture.width],
      257: [picture.height],
      258: [8, 8, 8],
      259: [compression],
      262: [compression === 7 ? 6 : 2],
      270: page.description,
      277: [3],
      284: [1],
      322: [tile],
      323: [tile],
      324: offsets,
      325: lengths,
      ...page.tags,
    };
    this.directory(values);
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  private directory(values: Readonly<Record<number, string | readonly number[] | undefined>>): void {
    const fields = Object.entries(values)
      .filter((entry): entry is [string, string | readonly number[]] => entry[1] !== undefined)
      .map(([tag, value]) => this.field(Number(tag), value));
    const at = this.put(Buffer.concat([this.number(fields.length, 2), ...fields, this.number(0, 4)]));
    this.patch(this.link, at);
    this.link = this.length - 4;
  }

  private field(tag: number, value: string | readonly number[]): Buffer {
    const isText = typeof value === 'string';
    const isRational = RATIONALS.includes(tag);
    const bytes = isText
      ? Buffer.from(`${value}\0`, 'latin1')
      : Buffer.concat(
          value.map((one) =>
            isRational
              ? Buffer.concat([this.number(Math.round(one * 1000), 4), this.number(1000, 4)])
              : this.number(one, 4),
          ),
        );
    const field =
      bytes.length <= 4 ? Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)]) : this.number(this.put(bytes), 4);
    const type = isText ? ASCII : isRational ? RATIONAL : LONG;
    return Buffer.concat([
      this.number(tag, 2),
      this.number(type, 2),
      this.number(isText ? bytes.length : value.length, 4),
      field,
    ]);
  }

  /** At an even place, which is given. */
  private put(bytes: Uint8Array): number {
    const at = this.length;
    const part = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    this.parts.push(part);
    this.length += part.length;
    return at;
  }

  private patch(at: number, value: number): void {
    let start = 0;
    for (const part of this.parts) {
      if (at < start + part.length) {
        this.number(value, 4).copy(part, at - start);
        return;
      }
      start += part.length;
    }
  }

  private number(value: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    if (this.isLittle) buffer.writeUIntLE(value, 0, bytes);
    else buffer.writeUIntBE(value, 0, bytes);
    return buffer;
  }
}

const ENCODERS: Readonly<Record<number, (pixels: Uint8Array, side: number) => Promise<Uint8Array> | Uint8Array>> = {
  1: (pixels) => pixels,
  7: (pixels, side) => encodeJpeg(pixels, side, side),
  8: (pixels) => deflateSync(pixels),
};
