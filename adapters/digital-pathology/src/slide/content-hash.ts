import { createHash, type Hash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from './slide-errors.js';
import { cancelled } from './slide-region.js';

export interface HashOptions {
  /** Called now and then while a large slide is read for its identity. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/** SHA-256 of a file's bytes. */
export async function hashFile(path: string, options: HashOptions = {}): Promise<string> {
  return hashFiles([path], options, () => '');
}

/**
 * SHA-256 of a slide of several files: of a line "name size" and the bytes of each, in the order given.
 * Lines keep bytes from passing from one file to the next unnoticed.
 *
 * @param line what stands before a file's bytes; default none, for a slide of one file
 */
export async function hashFiles(
  paths: readonly string[],
  { onProgress, signal }: HashOptions,
  line: (index: number, sizeBytes: number) => string,
): Promise<string> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const hash = createHash('sha256');
  let done = 0;
  for (const [index, path] of paths.entries()) {
    hash.update(line(index, sizes[index] as number));
    for await (const bytes of hashedBytes(path, hash, signal)) {
      done += bytes;
      onProgress?.(done, total);
    }
  }
  return hash.digest('hex');
}

async function* hashedBytes(path: string, hash: Hash, signal: AbortSignal | undefined): AsyncGenerator<number> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      if (signal?.aborted) throw cancelled(signal.reason);
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      hash.update(buffer.subarray(0, bytesRead));
      yield bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * Identity of a MIRAX slide: of the .mrxs file, and of all files of the folder of the same name, by name.
 * The slide's own name is no part of it.
 */
export async function hashMirax(path: string, folder: string, options: HashOptions): Promise<string> {
  const names = (await readdir(folder, { withFileTypes: true }).catch((cause) => Promise.reject(lacksFolder(cause))))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
  const paths = [path, ...names.map((name) => join(folder, name))];
  return hashFiles(paths, options, (index, size) => `${index === 0 ? '' : names[index - 1]} ${size}\n`);
}

export function lacksFolder(cause?: unknown): Error {
  return unreadable('is a MIRAX file without the folder of the same name that holds its pixels; put it beside', cause);
}
