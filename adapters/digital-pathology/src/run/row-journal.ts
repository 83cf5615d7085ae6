import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { notWritten } from './not-written.js';
import {
  encodeRecord,
  RECORD_HEAD_BYTES,
  readRecord,
  recordLength,
  type StoredTile,
  type TileRecord,
} from './tile-record.js';

/**
 * The tiles of one row of tiles, each appended as it is ready, in any order. A process that is killed in the
 * middle of a record leaves a piece of it, which is cut off when the journal is opened again.
 */
export interface RowJournal {
  /** What is in it, by column. */
  readonly tiles: ReadonlyMap<number, StoredTile>;
  /** Of two records of a tile the first counts. */
  append(record: TileRecord): Promise<void>;
  /** Some of the values of an examined tile, from one on. */
  readValues(column: number, from: number, count: number): Promise<Float32Array>;
  /** Lets go of the file; it stays. */
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly folder: string;
  readonly row: number;
  /** Number of values of an examined tile. */
  readonly values: number;
}

const MAGIC = Buffer.from('DHTILES1');
/** A file of up to so much is read at once. */
const MOST_READ_AT_ONCE = 2 ** 22;

export async function openRowJournal({ folder, row, values }: JournalOptions): Promise<RowJournal> {
  const file = await openForBoth(journalPath(folder, row));
  const tiles = new Map<number, StoredTile>();
  let end: number;
  try {
    end = await readSoundRecords(file, values, tiles);
  } catch (error) {
    await file.close();
    throw error;
  }
  let whole: Buffer | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  /** One after the other: records do not mix. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  };
  return {
    tiles,
    append: (record) =>
      inTurn(async () => {
        if (tiles.has(record.column)) return;
        const bytes = encodeRecord(record);
        await writeAt(file, bytes, end);
        const { column, outcome, warnings } = record;
        tiles.set(column, { column, outcome, warnings, valuesOffset: end + RECORD_HEAD_BYTES });
        end += bytes.length;
        whole = undefined;
      }),
    readValues: (column, from, count) =>
      inTurn(async () => {
        const tile = tiles.get(column);
        if (tile?.outcome !== 'examined' || from < 0 || from + count > values) throw new RangeError('no such values');
        const at = tile.valuesOffset + 4 * from;
        if (end <= MOST_READ_AT_ONCE) {
          whole ??= await readAt(file, 0, end);
          return toValues(whole.subarray(at, at + 4 * count));
        }
        return toValues(await readAt(file, at, 4 * count));
      }),
    close: () => inTurn(() => file.close()),
  };
}

/** Forgets a row whose cells are in the map. */
export async function removeRowJournal(folder: string, row: number): Promise<void> {
  await unlink(journalPath(folder, row)).catch(() => undefined);
}

function journalPath(folder: string, row: number): string {
  return join(folder, `row-${String(row).padStart(6, '0')}.tiles`);
}

/** Not for appending: there a position is of no consequence, and a piece of a record must be written over. */
function openForBoth(path: string): Promise<FileHandle> {
  return open(path, 'r+').catch(() => open(path, 'w+').catch(notWritten));
}

/** Fills `tiles` and cuts off what follows the last sound record; returns where that is. */
async function readSoundRecords(file: FileHandle, values: number, tiles: Map<number, StoredTile>): Promise<number> {
  const { size } = await file.stat();
  const magic = size < MAGIC.length ? MAGIC.subarray(0, 0) : await readAt(file, 0, MAGIC.length);
  if (!magic.equals(MAGIC)) {
    await file.truncate(0).catch(notWritten);
    await writeAt(file, MAGIC, 0);
    return MAGIC.length;
  }
  let end = MAGIC.length;
  while (end + RECORD_HEAD_BYTES <= size) {
    const length = recordLength(await readAt(file, end, RECORD_HEAD_BYTES), values);
    if (length === undefined || end + length > size) break;
    const note = readRecord(await readAt(file, end, length));
    if (note === undefined) break;
    if (!tiles.has(note.column)) tiles.set(note.column, { ...note, valuesOffset: end + RECORD_HEAD_BYTES });
    end += length;
  }
  if (end < size) await file.truncate(end).catch(notWritten);
  return end;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead === length) return bytes;
  throw new DeepHealthError(
    'DH_RUN_STATE_CORRUPT',
    'Tiles of the run are shorter than they were. Remove the folder of the run to begin anew.',
  );
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at).catch(notWritten)).bytesWritten;
  }
}

function toValues(bytes: Buffer): Float32Array {
  const values = new Float32Array(bytes.length / 4);
  Buffer.from(values.buffer).set(bytes);
  return values;
}
