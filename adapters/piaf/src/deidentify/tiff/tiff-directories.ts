import { type CleaningJob, readAt } from '../cleaning-job.js';
import { invalid } from '../refusals.js';

export interface TiffField {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Where the value lies in the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly isInline: boolean;
}

export interface TiffDirectory {
  readonly start: number;
  readonly end: number;
  readonly fields: ReadonlyMap<number, TiffField>;
  /** Directories that SubIFDs leads to. */
  readonly below: readonly TiffDirectory[];
}

/** Numbers of a TIFF, in its byte order, and how wide its offsets are. */
export class TiffNumbers {
  readonly isLittle: boolean;
  readonly isBig: boolean;

  constructor(isLittle: boolean, isBig: boolean) {
    this.isLittle = isLittle;
    this.isBig = isBig;
  }

  get headerBytes(): number {
    return this.isBig ? 16 : 8;
  }
  get countBytes(): number {
    return this.isBig ? 8 : 2;
  }
  get fieldBytes(): number {
    return this.isBig ? 20 : 12;
  }
  get offsetBytes(): number {
    return this.isBig ? 8 : 4;
  }

  short(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }
  long(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }
  long8(bytes: Buffer, at: number): number {
    return Number(this.isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  }
  offset(bytes: Buffer, at: number): number {
    return this.isBig ? this.long8(bytes, at) : this.long(bytes, at);
  }

  write(bytes: Buffer, value: number, at: number, size: number): void {
    if (size === 8) {
      if (this.isLittle) bytes.writeBigUInt64LE(BigInt(value), at);
      else bytes.writeBigUInt64BE(BigInt(value), at);
    } else if (this.isLittle) bytes.writeUIntLE(value, at, size);
    else bytes.writeUIntBE(value, at, size);
  }
}

/** Bytes of an element, by type. */
export const TYPE_BYTES: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8 },
  ...{ 13: 4, 16: 8, 17: 8, 18: 8 },
};
const MOST_FIELDS = 4096;
const MOST_DIRECTORIES = 4096;
const MOST_VALUE_BYTES = 128 * 1024 * 1024;
const SUB_DIRECTORIES = 330;

/** Reads the directories of a TIFF or BigTIFF (TIFF 6.0), each with those below it. @throws DH_CHAIN_INPUT_INVALID */
export class TiffReader {
  readonly numbers: TiffNumbers;
  private readonly job: CleaningJob;
  private readonly first: number;
  private readonly seen = new Set<number>();

  private constructor(job: CleaningJob, head: Buffer) {
    this.job = job;
    const isLittle = head.toString('latin1', 0, 2) === 'II';
    const version = isLittle ? head.readUInt16LE(2) : head.readUInt16BE(2);
    this.numbers = new TiffNumbers(isLittle, version === 43);
    if (this.numbers.isBig) {
      if (head.length < 16 || this.numbers.short(head, 4) !== 8) throw invalid('is a damaged TIFF');
      this.first = this.numbers.long8(head, 8);
    } else this.first = this.numbers.long(head, 4);
  }

  static async of(job: CleaningJob): Promise<TiffReader> {
    if (job.sizeBytes < 8) throw invalid('is a TIFF that is cut short');
    return new TiffReader(job, await readAt(job, 0, Math.min(16, job.sizeBytes)));
  }

  async directories(): Promise<TiffDirectory[]> {
    const found: TiffDirectory[] = [];
    for (let at = this.first; at !== 0; ) {
      const [directory, next] = await this.directory(at, true);
      found.push(directory);
      at = next;
    }
    if (found.length === 0) throw invalid('is a TIFF without a picture');
    return found;
  }

  async value({ offset, bytes }: TiffField): Promise<Buffer> {
    if (bytes > MOST_VALUE_BYTES) throw invalid('is a damaged TIFF: a field is too long');
    return readAt(this.job, offset, bytes);
  }

  /** Values of a field of whole numbers; empty if the directory does not have it, or it is of no such type. */
  async wholes(directory: TiffDirectory, tag: number): Promise<Float64Array> {
    const field = directory.fields.get(tag);
    if (field === undefined || ![1, 3, 4, 13, 16, 18].includes(field.type)) return new Float64Array(0);
    const bytes = await this.value(field);
    const size = TYPE_BYTES[field.type] as number;
    const values = new Float64Array(field.count);
    for (let index = 0; index < field.count; index++) {
      const at = index * size;
      values[index] =
        size === 1
          ? (bytes[at] as number)
          : size === 2
            ? this.numbers.short(bytes, at)
            : size === 4
              ? this.numbers.long(bytes, at)
              : this.numbers.long8(bytes, at);
    }
    return values;
  }

  async whole(directory: TiffDirectory, tag: number, absent: number): Promise<number> {
    return (await this.wholes(directory, tag))[0] ?? absent;
  }

  async text(directory: TiffDirectory, tag: number): Promise<string> {
    const field = directory.fields.get(tag);
    if (field === undefined) return '';
    const most = 64 * 1024;
    return (await readAt(this.job, field.offset, Math.min(field.bytes, most))).toString('latin1');
  }

  private async directory(at: number, mayHaveBelow: boolean): Promise<[TiffDirectory, next: number]> {
    const { numbers } = this;
    // A chain that comes back to itself has no end.
    if (this.seen.has(at) || this.seen.size >= MOST_DIRECTORIES)
      throw invalid('is a damaged TIFF: its directories have no end');
    this.seen.add(at);
    const head = await readAt(this.job, at, numbers.countBytes);
    const count = numbers.isBig ? numbers.long8(head, 0) : numbers.short(head, 0);
    if (count < 1 || count > MOST_FIELDS) throw invalid('is a damaged TIFF: a directory is empty or too long');
    const body = await readAt(this.job, at + numbers.countBytes, count * numbers.fieldBytes + numbers.offsetBytes);
    const fields = new Map<number, TiffField>();
    for (let index = 0; index < count; index++) {
      const start = index * numbers.fieldBytes;
      const tag = numbers.short(body, start);
      const type = numbers.short(body, start + 2);
      const elements = numbers.isBig ? numbers.long8(body, start + 4) : numbers.long(body, start + 4);
      const inline = start + numbers.fieldBytes - numbers.offsetBytes;
      const bytes = elements * (TYPE_BYTES[type] ?? 0);
      const isInline = bytes <= numbers.offsetBytes;
      const offset = isInline ? at + numbers.countBytes + inline : numbers.offset(body, inline);
      if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(offset))
        throw invalid('is a damaged TIFF: a field is too long');
      if (fields.has(tag)) throw invalid('is a damaged TIFF: a directory has a tag twice');
      fields.set(tag, { tag, type, count: elements, offset, bytes, isInline });
    }
    const directory = { start: at, end: at + numbers.countBytes + body.length, fields, below: [] as TiffDirectory[] };
    if (mayHaveBelow) {
      for (const start of (await this.wholes(directory, SUB_DIRECTORIES)).slice(0, MOST_DIRECTORIES)) {
        directory.below.push((await this.directory(start, false))[0]);
      }
    }
    return [directory, numbers.offset(body, count * numbers.fieldBytes)];
  }
}
