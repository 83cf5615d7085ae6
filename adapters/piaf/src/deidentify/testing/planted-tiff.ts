type Value = readonly number[] | Buffer;

const ASCII = 2;
const LONG = 4;
const UNDEFINED = 7;

class TiffWriter {
  private readonly parts: Buffer[] = [];
  private length = 0;
  private link: number;
  private readonly isLittle: boolean;
  private readonly isBig: boolean;

  constructor(isLittle: boolean, isBig: boolean) {
    this.isLittle = isLittle;
    this.isBig = isBig;
    const head = [Buffer.from(isLittle ? 'II' : 'MM'), this.number(isBig ? 43 : 42, 2)];
    if (isBig) head.push(this.number(8, 2), this.number(0, 2));
    this.put(Buffer.concat([...head, this.number(0, this.offsetBytes)]));
    this.link = this.length - this.offsetBytes;
  }

  private get offsetBytes(): 4 | 8 {
    return this.isBig ? 8 : 4;
  }

  put(bytes: Buffer): number {
    const at = this.length;
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    this.parts.push(padded);
    this.length += padded.length;
    return at;
  }

  /** Where it lies; linked to the one before unless it stands for itself. */
  directory(fields: Readonly<Record<number, readonly [type: number, value: Value]>>, isLinked = true): number {
    const entries = Object.entries(fields).map(([tag, [type, value]]) => {
      const bytes = Buffer.isBuffer(value) ? value : Buffer.concat(value.map((one) => this.number(one, 4)));
      const count = Buffer.isBuffer(value) ? value.length : value.length;
      const field =
        bytes.length <= this.offsetBytes
          ? Buffer.concat([bytes, Buffer.alloc(this.offsetBytes - bytes.length)])
          : this.number(this.put(bytes), this.offsetBytes);
      return Buffer.concat([
        this.number(Number(tag), 2),
        this.number(type, 2),
        this.number(count, this.offsetBytes),
        field,
      ]);
    });
    const at = this.put(
      Buffer.concat([this.number(entries.length, this.isBig ? 8 : 2), ...entries, this.number(0, this.offsetBytes)]),
    );
    if (isLinked) {
      const whole = Buffer.concat(this.parts);
      this.number(at, this.offsetBytes).copy(whole, this.link);
      this.parts.splice(0, this.parts.length, whole);
      this.link = this.length - this.offsetBytes - ((this.length - at) % 2);
    }
    return at;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  private number(value: number, size: 2 | 4 | 8): Buffer {
    const buffer = Buffer.alloc(size);
    if (size === 8) {
      if (this.isLittle) buffer.writeBigUInt64LE(BigInt(value));
      else buffer.writeBigUInt64BE(BigInt(value));
    } else if (this.isLittle) buffer.writeUIntLE(value, 0, size);
    else buffer.writeUIntBE(value, 0, size);
    return buffer;
  }
}

/** Pixels of the one tile, 16 x 16 of gray. */
export const TILE = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => 255 - index));

function slide(planted: Buffer, isLittle: boolean, isBig: boolean): Buffer {
  const writer = new TiffWriter(isLittle, isBig);
  writer.put(planted);
  const text = (before: string, after = '') => Buffer.concat([Buffer.from(before), planted, Buffer.from(`${after}\0`)]);
  const exif = writer.directory({ 37510: [UNDEFINED, planted], 42032: [ASCII, text('')] }, false);
  const tile = writer.put(TILE);
  writer.directory({
    256: [LONG, [16]],
    257: [LONG, [16]],
    258: [LONG, [8]],
    259: [LONG, [1]],
    262: [LONG, [1]],
    270: [ASCII, text('Aperio Image Library v11.2.1 \r\n16x16 (16x16) none|AppMag = 20|User = ', '|MPP = 0.4990')],
    271: [ASCII, text('')],
    277: [LONG, [1]],
    305: [ASCII, text('')],
    306: [ASCII, text('')],
    315: [ASCII, text('')],
    322: [LONG, [16]],
    323: [LONG, [16]],
    324: [LONG, [tile]],
    325: [LONG, [TILE.length]],
    700: [UNDEFINED, text('<x>')],
    33723: [UNDEFINED, text('')],
    34665: [LONG, [exif]],
    34853: [LONG, [exif]],
    65000: [UNDEFINED, planted],
  });
  // Of the proportions of the first picture, and no levels of it: one is in strips, the other says what it is.
  const shown = Buffer.alloc(256, 7);
  planted.copy(shown);
  const picture = (at: number): Parameters<TiffWriter['directory']>[0] => ({
    256: [LONG, [16]],
    257: [LONG, [16]],
    258: [LONG, [8]],
    259: [LONG, [1]],
    262: [LONG, [1]],
    277: [LONG, [1]],
    ...(at === 273 ? { 278: [LONG, [16]] } : { 322: [LONG, [16]], 323: [LONG, [16]] }),
    [at]: [LONG, [writer.put(shown)]],
    [at === 273 ? 279 : 325]: [LONG, [shown.length]],
  });
  writer.directory(picture(273));
  writer.directory({ ...picture(324), 270: [ASCII, Buffer.from('Aperio Image Library\r\nmacro 16x16\0')] });
  const label = writer.put(planted);
  writer.directory({
    256: [LONG, [planted.length]],
    257: [LONG, [1]],
    258: [LONG, [8]],
    259: [LONG, [1]],
    262: [LONG, [1]],
    270: [ASCII, text('Aperio Image Library\r\nlabel ')],
    273: [LONG, [label]],
    277: [LONG, [1]],
    278: [LONG, [1]],
    279: [LONG, [planted.length]],
  });
  writer.put(planted);
  return Buffer.concat([writer.bytes(), planted]);
}

/** Slides with a label, an orphan and tags that hold the planted bytes. */
export function plantedTiff(planted: Buffer): Record<string, Buffer> {
  return {
    svs: slide(planted, true, false),
    'svs, big endian': slide(planted, false, false),
    'BigTIFF svs': slide(planted, true, true),
    'BigTIFF svs, big endian': slide(planted, false, true),
  };
}
