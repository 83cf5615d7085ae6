import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { outputFailure } from './output-failure.js';

export interface OutputOptions {
  /** Replaces what is there under this name. Default: DH_OUTPUT_EXISTS. */
  readonly overwrite?: boolean;
  /** Ends the writing with DH_CANCELLED; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** Where the content of a file goes, from its beginning to its end. */
export interface OutputSink {
  /** Bytes written so far. */
  readonly position: number;
  /** Text is written in UTF-8. Bytes may be used again once the promise is settled. */
  write(content: Uint8Array | string): Promise<void>;
}

const BUFFER_BYTES = 1 << 20;

/**
 * Writes a file that is there whole or not at all: under a temporary name beside the target, on the disk
 * before it gets its name. Whatever goes wrong, the temporary file is removed.
 *
 * @throws DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, and what `fill` throws
 */
export async function writeOutputFile(
  path: string,
  options: OutputOptions,
  fill: (sink: OutputSink) => Promise<void>,
): Promise<void> {
  const file = basename(path);
  if (options.overwrite !== true) await refuseExisting(path);
  const temporary = temporaryName(path);
  const handle = await open(temporary, 'wx').catch((cause: unknown) => {
    throw outputFailure(file, cause);
  });
  try {
    try {
      const sink = createSink(handle, file);
      await fill(sink);
      await sink.flush();
      await handle.sync().catch((cause: unknown) => {
        throw outputFailure(file, cause);
      });
    } finally {
      await handle.close();
    }
    await publish(temporary, path, options.overwrite === true);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A name beside the target, on the same file system, that no pattern for results finds. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
}

/** @throws DH_OUTPUT_EXISTS if anything is there under this name, a broken link included */
export async function refuseExisting(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw existing(basename(path));
}

function existing(file: string): DeepHealthError {
  return new DeepHealthError(
    'DH_OUTPUT_EXISTS',
    `"${file}" is there already. Name another file, or allow that it is overwritten.`,
    { details: { file } },
  );
}

async function publish(temporary: string, path: string, overwrite: boolean): Promise<void> {
  try {
    if (overwrite) await rename(temporary, path);
    else await renameToNew(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw error instanceof DeepHealthError ? error : outputFailure(basename(path), error);
  }
}

/** A rename would replace what another program has put there in the meantime; a second name cannot. */
async function renameToNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw existing(basename(path));
    // File systems without hard links: shares, memory sticks.
    await refuseExisting(path);
    return rename(temporary, path);
  }
  await rm(temporary);
}

/** Makes a new name last. Windows cannot open folders, and does without. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function createSink(handle: FileHandle, file: string): OutputSink & { flush(): Promise<void> } {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let filled = 0;
  let written = 0;
  const writeAll = async (bytes: Uint8Array) => {
    try {
      for (let from = 0; from < bytes.length; ) {
        from += (await handle.write(bytes, from, bytes.length - from)).bytesWritten;
      }
    } catch (cause) {
      throw outputFailure(file, cause);
    }
    written += bytes.length;
  };
  const flush = async () => {
    const size = filled;
    filled = 0;
    if (size > 0) await writeAll(buffer.subarray(0, size));
  };
  return {
    get position() {
      return written + filled;
    },
    flush,
    async write(content) {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      if (filled + bytes.length > BUFFER_BYTES) await flush();
      if (bytes.length > BUFFER_BYTES) return writeAll(bytes);
      buffer.set(bytes, filled);
      filled += bytes.length;
    },
  };
}
