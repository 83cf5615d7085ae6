import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** What a segment needs of a file; a `FileHandle` has it. */
export type SegmentHandle = Pick<FileHandle, 'write' | 'datasync' | 'sync' | 'truncate' | 'close'>;

/** A file that was opened for records. */
export interface SegmentFileHandle {
  readonly handle: SegmentHandle;
  /** What is written is on the disk when the write resolves, so that nothing has to be synchronised after it. */
  readonly writesThrough: boolean;
}

export type OpenSegment = (path: string, flags: 'r+' | 'wx') => Promise<SegmentHandle>;

// Only where the system promises of such a write what it promises of fdatasync: others leave it in the disk's cache.
const CAN_WRITE_THROUGH = process.platform === 'linux';
const FLAGS = {
  'r+': constants.O_RDWR | constants.O_DSYNC,
  wx: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC,
};

/**
 * Opens a file for records. To write and to synchronise at once spares every group of records one way to the disk's
 * thread and back: in a busy server, whose event loop turns slowly, that is half of the time that answers wait.
 *
 * @param openFile for tests of disks that fail
 */
export async function openSegmentFile(
  path: string,
  flags: 'r+' | 'wx',
  { isDurable, openFile }: { readonly isDurable: boolean; readonly openFile?: OpenSegment | undefined },
): Promise<SegmentFileHandle> {
  if (openFile !== undefined) return { handle: await openFile(path, flags), writesThrough: false };
  const writesThrough = isDurable && CAN_WRITE_THROUGH;
  return { handle: await open(path, writesThrough ? FLAGS[flags] : flags, 0o640), writesThrough };
}

// Space is taken in such steps, as line feeds, which readers skip: to write where a file has its blocks already
// takes half of the time of writing at its end.
const GROWTH_BYTES = 512 * 1024;
const FILLING = Buffer.alloc(GROWTH_BYTES, '\n');

/** Writes records to one segment. Whatever fails, the file holds what was durable before, or is cut back to it. */
export class SegmentWriter {
  readonly #handle: SegmentHandle;
  readonly #needsSync: boolean;
  #position: number;
  #allocated: number;
  /** Something may stand behind the position that counts for nothing. */
  #isDirty = false;

  constructor({ handle, writesThrough }: SegmentFileHandle, position: number, isDurable: boolean) {
    this.#handle = handle;
    this.#position = position;
    this.#allocated = position;
    this.#needsSync = isDurable && !writesThrough;
  }

  /** Bytes of records. */
  get position(): number {
    return this.#position;
  }

  /** Appends; when it resolves, the bytes are on the disk, or with the system where that is enough. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#isDirty) await this.#cutBack();
    this.#isDirty = true;
    const end = this.#position + bytes.length;
    if (end > this.#allocated) {
      await this.#writeAt(Buffer.concat([bytes, FILLING]), this.#position);
      this.#allocated = end + GROWTH_BYTES;
    } else {
      await this.#writeAt(bytes, this.#position);
    }
    if (this.#needsSync) await this.#handle.datasync();
    this.#position = end;
    this.#isDirty = false;
  }

  /** Ends the segment: it holds its records and nothing else, on the disk. */
  async close(): Promise<void> {
    await this.#cutBack();
    await this.#handle.sync();
    await this.#handle.close();
  }

  /** Gives the file back as it is. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }

  async #cutBack(): Promise<void> {
    await this.#handle.truncate(this.#position);
    this.#allocated = this.#position;
    this.#isDirty = false;
  }

  async #writeAt(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done);
      if (bytesWritten === 0) throw new Error('the disk takes nothing');
      done += bytesWritten;
    }
  }
}
