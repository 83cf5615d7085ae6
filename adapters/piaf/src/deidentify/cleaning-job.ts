import type { FileHandle } from 'node:fs/promises';
import type { CleaningTally } from './cleaning-tally.js';
import type { PseudonymousUids } from './pseudonymous-uid.js';
import { invalid, throwIfCanceled } from './refusals.js';

/** What a cleaner gets: one file to read, one to write, and where it counts. */
export interface CleaningJob {
  readonly source: FileHandle;
  readonly sizeBytes: number;
  readonly target: FileHandle;
  readonly tally: CleaningTally;
  readonly uids: PseudonymousUids;
  readonly columns: readonly string[] | undefined;
  readonly categories: Readonly<Record<string, readonly string[]>> | undefined;
  readonly signal: AbortSignal | undefined;
}

const BLOCK_BYTES = 4 * 1024 * 1024;

/** Exactly `length` bytes. Throws DH_CHAIN_INPUT_INVALID where the file ends before. */
export async function readAt({ source, sizeBytes }: CleaningJob, offset: number, length: number): Promise<Buffer> {
  if (!(offset >= 0 && length >= 0 && offset + length <= sizeBytes)) throw invalid('is cut short');
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await source.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw invalid('is cut short');
    done += bytesRead;
  }
  return bytes;
}

/** The whole file. Throws DH_CHAIN_INPUT_INVALID if it is larger than such files may be. */
export function readWhole(job: CleaningJob, mostBytes: number): Promise<Buffer> {
  if (job.sizeBytes > mostBytes) throw invalid(`has more than ${mostBytes} bytes`);
  return readAt(job, 0, job.sizeBytes);
}

/** Writes all of the bytes, at a place or at the end of what was written. */
export async function writeAll(target: FileHandle, bytes: Uint8Array, position: number | null = null): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const at = position === null ? null : position + done;
    const { bytesWritten } = await target.write(bytes, done, bytes.byteLength - done, at);
    done += bytesWritten;
  }
}

/** Copies a part of the source to the end of the target, in blocks. */
export async function copyRange(job: CleaningJob, offset: number, length: number): Promise<void> {
  for (let done = 0; done < length; done += BLOCK_BYTES) {
    throwIfCanceled(job.signal);
    await writeAll(job.target, await readAt(job, offset + done, Math.min(BLOCK_BYTES, length - done)));
  }
}
