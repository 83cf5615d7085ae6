import { type FileHandle, open } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';

/** An open zip archive. */
export interface ZipArchive {
  readonly names: readonly string[];
  /** Content of an entry; undefined if there is none of the name. @throws DH_MEDIA_UNREADABLE */
  read(name: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

interface Entry {
  readonly method: number;
  readonly crc: number;
  readonly stored: number;
  readonly size: number;
  readonly offset: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LOCATOR_64 = 0x07064b50;
const END_64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
/** More than the directory or an entry of any array has; a damaged or hostile file may claim anything. */
const MOST_DIRECTORY_BYTES = 2 ** 28;
const MOST_ENTRY_BYTES = 2 ** 30;

export function unreadableArchive(why: string): DeepHealthError {
  return new DeepHealthError('DH_MEDIA_UNREADABLE', `The file cannot be read as an archive of an array: ${why}.`);
}

/**
 * Opens a zip archive, Zip64 included, whose entries are stored or deflated.
 *
 * @throws DH_MEDIA_UNREADABLE
 */
export async function openZipArchive(path: string): Promise<ZipArchive> {
  const handle = await open(path).catch(() => {
    throw unreadableArchive('there is no such file, or it may not be read');
  });
  try {
    const entries = await readDirectory(handle, (await handle.stat()).size);
    return {
      names: [...entries.keys()],
      read: async (name) => {
        const entry = entries.get(name);
        return entry && readEntry(handle, entry);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function bytesAt(handle: FileHandle, position: number, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size);
  const { bytesRead } = await handle.read(buffer, 0, size, position);
  if (bytesRead < size) throw unreadableArchive('it is cut short');
  return buffer;
}

async function readDirectory(handle: FileHandle, fileBytes: number): Promise<Map<string, Entry>> {
  const { offset, size } = await directoryPlace(handle, fileBytes);
  if (size > MOST_DIRECTORY_BYTES || offset + size > fileBytes) throw unreadableArchive('its directory is damaged');
  const directory = await bytesAt(handle, offset, size);
  const entries = new Map<string, Entry>();
  for (let at = 0; at + 46 <= size; ) {
    if (directory.readUInt32LE(at) !== CENTRAL) throw unreadableArchive('its directory is damaged');
    const lengths = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)) as [number, number, number];
    const end = at + 46 + lengths[0] + lengths[1] + lengths[2];
    if (end > size) throw unreadableArchive('its directory is damaged');
    const name = directory.toString('utf8', at + 46, at + 46 + lengths[0]);
    // Of several entries of a name the last one counts: Zarr writes one again to change it.
    entries.set(name, entryAt(directory, at, directory.subarray(at + 46 + lengths[0], end - lengths[2])));
    at = end;
  }
  return entries;
}

async function directoryPlace(handle: FileHandle, fileBytes: number): Promise<{ offset: number; size: number }> {
  const tail = await bytesAt(
    handle,
    Math.max(0, fileBytes - END_BYTES - MAX_16),
    Math.min(fileBytes, END_BYTES + MAX_16),
  );
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) throw unreadableArchive('it is no zip archive, or cut short');
  const [count, size, offset] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  const isLarge = count === MAX_16 || size === MAX_32 || offset === MAX_32;
  if (!isLarge || end < 20 || tail.readUInt32LE(end - 20) !== LOCATOR_64) return { offset, size };
  const record = await bytesAt(handle, Number(tail.readBigUInt64LE(end - 20 + 8)), 56);
  if (record.readUInt32LE(0) !== END_64) throw unreadableArchive('its directory is damaged');
  return { offset: Number(record.readBigUInt64LE(48)), size: Number(record.readBigUInt64LE(40)) };
}

function entryAt(directory: Buffer, at: number, extra: Buffer): Entry {
  const wide = wideFields(extra);
  // The field of Zip64 has only those numbers that 32 bits do not hold, in this order.
  const number = (field: number) => {
    const value = directory.readUInt32LE(at + field);
    return value === MAX_32 ? (wide.shift() ?? value) : value;
  };
  const size = number(24);
  const stored = number(20);
  return {
    method: directory.readUInt16LE(at + 10),
    crc: directory.readUInt32LE(at + 16),
    size,
    stored,
    offset: number(42),
  };
}

function wideFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const size = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      const count = Math.floor(Math.min(size, extra.length - at - 4) / 8);
      return Array.from({ length: Math.min(3, count) }, (_, i) => Number(extra.readBigUInt64LE(at + 4 + 8 * i)));
    }
    at += 4 + size;
  }
  return [];
}

async function readEntry(handle: FileHandle, { method, crc, stored, size, offset }: Entry): Promise<Buffer> {
  if (Math.max(stored, size) > MOST_ENTRY_BYTES) throw unreadableArchive('an entry is larger than 1 GiB');
  const head = await bytesAt(handle, offset, 30);
  if (head.readUInt32LE(0) !== LOCAL) throw unreadableArchive('an entry is not where its directory says');
  const from = offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const content = unpack(await bytesAt(handle, from, stored), method, size);
  if (content.length !== size || crc32(content) !== crc) throw unreadableArchive('an entry is damaged');
  return content;
}

function unpack(bytes: Buffer, method: number, size: number): Buffer {
  if (method === 0) return bytes;
  if (method !== 8) throw unreadableArchive('an entry is packed in another way than deflate');
  try {
    return inflateRawSync(bytes, { maxOutputLength: size });
  } catch {
    throw unreadableArchive('an entry is damaged');
  }
}
