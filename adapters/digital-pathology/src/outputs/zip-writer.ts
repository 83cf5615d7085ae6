import { crc32 } from 'node:zlib';
import type { OutputSink } from './output-file.js';

interface Entry {
  readonly name: Buffer;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
/** 1 January 1980, the first day that the format knows: the same content gives the same bytes. */
const DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const VERSION_64 = 45;

/** Writes a zip archive (PKWARE APPNOTE 6.3), its entries stored as they are, one after another. */
export interface ZipWriter {
  put(name: string, content: Uint8Array): Promise<void>;
  /** Writes the directory at the end. Nothing may follow. */
  finish(): Promise<void>;
}

/**
 * Archives of any size: where 32 bits do not hold an offset, or 16 bits the number of entries, the
 * directory is in the form of Zip64. A single entry is held in memory, and smaller than 4 GiB.
 */
export function createZipWriter(sink: OutputSink): ZipWriter {
  const entries: Entry[] = [];
  return {
    async put(name, content) {
      if (content.length > MAX_32 - 1) throw new RangeError('an entry of a zip archive is at most 4 GiB');
      const entry = {
        name: Buffer.from(name, 'utf8'),
        size: content.length,
        crc: crc32(content),
        offset: sink.position,
      };
      entries.push(entry);
      await sink.write(Buffer.concat([fixed([4, LOCAL], ...commonFields(entry, 20), [2, 0]), entry.name]));
      await sink.write(content);
    },
    async finish() {
      const start = sink.position;
      for (const entry of entries) await sink.write(centralHeader(entry));
      await sink.write(endOf(entries.length, start, sink.position - start, sink.position));
    },
  };
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** What the header before an entry and the one in the directory have in common. */
function commonFields({ name, size, crc }: Entry, version: number): Field[] {
  return [
    ...([
      [2, version],
      [2, UTF8_NAMES],
      [2, 0],
      [2, 0],
      [2, DATE],
    ] as Field[]),
    [4, crc],
    [4, size],
    [4, size],
    [2, name.length],
  ];
}

function centralHeader(entry: Entry): Buffer {
  const isFar = entry.offset >= MAX_32;
  const extra = isFar ? fixed([2, 1], [2, 8], [8, entry.offset]) : Buffer.alloc(0);
  const version = isFar ? VERSION_64 : 20;
  return Buffer.concat([
    fixed(
      [4, CENTRAL],
      [2, version],
      ...commonFields(entry, version),
      [2, extra.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, isFar ? MAX_32 : entry.offset],
    ),
    entry.name,
    extra,
  ]);
}

function endOf(count: number, start: number, size: number, position: number): Buffer {
  const isLarge = count >= MAX_16 || start >= MAX_32 || size >= MAX_32;
  const large = fixed(
    [4, END_64],
    [8, 44],
    [2, VERSION_64],
    [2, VERSION_64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, start],
    [4, LOCATOR_64],
    [4, 0],
    [8, position],
    [4, 1],
  );
  const end = fixed(
    [4, END],
    [2, 0],
    [2, 0],
    [2, Math.min(count, MAX_16)],
    [2, Math.min(count, MAX_16)],
    [4, Math.min(size, MAX_32)],
    [4, Math.min(start, MAX_32)],
    [2, 0],
  );
  return isLarge ? Buffer.concat([large, end]) : end;
}

/** Numbers in little endian, one after another. */
function fixed(...fields: readonly Field[]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}
