import type { FileHandle } from 'node:fs/promises';
import { unreadable } from '../slide-errors.js';

/** A directory of a TIFF (TIFF 6.0; BigTIFF): its fields by tag. */
export type TiffFields = ReadonlyMap<number, TiffField>;

export interface TiffField {
  readonly type: number;
  readonly count: number;
  /** Where the value lies in the file. */
  readonly offset: number;
}

/** Bytes of an element, by type. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8 },
  // IFD, and the 64 bits of BigTIFF.
  ...{ 13: 4, 16: 8, 17: 8, 18: 8 },
};
const RATIONAL = 5;
/** Of a directory; more are of no TIFF. */
const MOST_FIELDS = 4096;
/** Channels and times of microscopes, too, are directories. */
const MOST_DIRECTORIES = 4096;
/** Offsets of 16 million tiles. */
const MOST_VALUE_BYTES = 128 * 1024 * 1024;
const SUB_DIRECTORIES = 330;

/** Reads directories and values of a TIFF where they lie. */
export class TiffFile {
  private readonly file: FileHandle;
  readonly sizeBytes: number;
  private readonly isLittle: boolean;
  private readonly isBig: boolean;
  private readonly first: number;

  private constructor(file: FileHandle, sizeBytes: number, head: Buffer) {
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.isLittle = head.toString('latin1', 0, 2) === 'II';
    this.isBig = this.short(head, 2) === 43;
    this.first = this.isBig ? this.long8(head, 8) : this.long(head, 4);
  }

  /** Throws DH_SLIDE_UNREADABLE for a file that is no TIFF. */
  static async of(file: FileHandle): Promise<TiffFile> {
    const { size } = await file.stat();
    const head = Buffer.alloc(16);
    const { bytesRead } = await file.read(head, 0, 16, 0);
    if (bytesRead < 16 || !isTiff(head)) throw unreadable('is no TIFF');
    return new TiffFile(file, size, head);
  }

  /** All directories, each followed by those below it. */
  async directories(): Promise<TiffFields[]> {
    const found: TiffFields[] = [];
    const seen = new Set<number>();
    const visit = async (start: number, isBelow: boolean): Promise<void> => {
      for (let at = start; at !== 0; ) {
        // A chain that comes back to itself has no end.
        if (seen.has(at) || found.length >= MOST_DIRECTORIES)
          throw unreadable('is a damaged TIFF: its directories have no end');
        seen.add(at);
        const [fields, next] = await this.directory(at);
        found.push(fields);
        const below = isBelow || !fields.has(SUB_DIRECTORIES) ? [] : await this.numbers(fields, SUB_DIRECTORIES);
        for (const one of below.slice(0, MOST_DIRECTORIES)) await visit(one, true);
        at = next;
      }
    };
    await visit(this.first, false);
    return found;
  }

  /** Values of a field of whole or rational numbers; empty if the directory does not have it. */
  async numbers(fields: TiffFields, tag: number): Promise<readonly number[]> {
    const field = fields.get(tag);
    if (field === undefined) return [];
    const bytes = await this.value(field);
    return Array.from({ length: field.count }, (_, index) => this.element(bytes, field.type, index));
  }

  /** The same as they are needed for millions of tiles. */
  async offsets(fields: TiffFields, tag: number): Promise<Float64Array> {
    const field = fields.get(tag);
    if (field === undefined) return new Float64Array(0);
    const bytes = await this.value(field);
    return Float64Array.from({ length: field.count }, (_, index) => this.element(bytes, field.type, index));
  }

  async bytes(fields: TiffFields, tag: number): Promise<Buffer | undefined> {
    const field = fields.get(tag);
    return field === undefined ? undefined : this.value(field);
  }

  /** The first bytes of a text; empty if there is none. */
  async text(fields: TiffFields, tag: number, mostBytes = 64 * 1024): Promise<string> {
    const field = fields.get(tag);
    if (field === undefined) return '';
    return (await this.value({ ...field, count: Math.min(field.count, mostBytes) })).toString('latin1');
  }

  /** Throws DH_SLIDE_UNREADABLE where the file ends before. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes)) throw cutShort();
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.file.read(bytes, 0, length, offset);
    if (bytesRead < length) throw cutShort();
    return bytes;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async directory(at: number): Promise<readonly [fields: TiffFields, next: number]> {
    const [countBytes, fieldBytes] = this.isBig ? [8, 20] : [2, 12];
    const head = await this.read(at, countBytes);
    const count = this.isBig ? this.long8(head, 0) : this.short(head, 0);
    if (count < 1 || count > MOST_FIELDS) throw unreadable('is a damaged TIFF: a directory is empty or too long');
    const offsetBytes = this.isBig ? 8 : 4;
    const body = await this.read(at + countBytes, count * fieldBytes + offsetBytes);
    const fields = new Map<number, TiffField>();
    for (let index = 0; index < count; index++) {
      const start = index * fieldBytes;
      const type = this.short(body, start + 2);
      const elements = this.isBig ? this.long8(body, start + 4) : this.long(body, start + 4);
      const inline = start + fieldBytes - offsetBytes;
      const fits = elements * (TYPE_BYTES[type] ?? 0) <= offsetBytes;
      const offset = fits ? at + countBytes + inline : this.address(body, inline);
      fields.set(this.short(body, start), { type, count: elements, offset });
    }
    return [fields, this.address(body, count * fieldBytes)];
  }

  private async value({ type, count, offset }: TiffField): Promise<Buffer> {
    const size = TYPE_BYTES[type];
    if (size === undefined) throw unreadable('is a damaged TIFF: a field is of no known type');
    if (count * size > MOST_VALUE_BYTES) throw unreadable('is a damaged TIFF: a field is too long');
    return this.read(offset, count * size);
  }

  private element(bytes: Buffer, type: number, index: number): number {
    const size = TYPE_BYTES[type] as number;
    const at = index * size;
    if (type === RATIONAL) return this.long(bytes, at) / this.long(bytes, at + 4);
    if (size === 8) return this.long8(bytes, at);
    if (size === 4) return this.long(bytes, at);
    return size === 2 ? this.short(bytes, at) : (bytes[at] as number);
  }

  private address(bytes: Buffer, at: number): number {
    return this.isBig ? this.long8(bytes, at) : this.long(bytes, at);
  }

  private short(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  private long(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  private long8(bytes: Buffer, at: number): number {
    return Number(this.isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  }
}

/** Whether a file begins like a TIFF or BigTIFF. */
export function isTiff(head: Buffer): boolean {
  return ['49492a00', '4d4d002a', '49492b00', '4d4d002b'].includes(head.toString('hex', 0, 4));
}

function cutShort(): Error {
  return unreadable('is a TIFF that is cut short: it ends before what it speaks of');
}
