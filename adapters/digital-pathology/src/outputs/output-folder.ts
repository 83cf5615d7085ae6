import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { outputFailure } from './output-failure.js';
import { type OutputOptions, refuseExisting, syncFolder, temporaryName } from './output-file.js';

/** A folder that is being filled. */
export interface OutputFolder {
  /** @param key place in the folder, its parts parted by "/"; folders are made as needed */
  put(key: string, content: Uint8Array | string): Promise<void>;
}

/**
 * Writes a folder of files that is there whole or not at all, as writeOutputFile does a file. With
 * `overwrite`, what was there is moved aside first and removed last.
 *
 * @throws DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, and what `fill` throws
 */
export async function writeOutputFolder(
  path: string,
  options: OutputOptions,
  fill: (folder: OutputFolder) => Promise<void>,
): Promise<void> {
  const file = basename(path);
  if (options.overwrite !== true) await refuseExisting(path);
  const temporary = temporaryName(path);
  const folders = new Set<string>();
  try {
    await mkdir(temporary);
    await fill({
      async put(key, content) {
        const target = join(temporary, ...key.split('/'));
        if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
        folders.add(dirname(target));
        await writeFile(target, content, { flush: true }).catch((cause: unknown) => {
          throw outputFailure(file, cause);
        });
      },
    });
    for (const folder of folders) await syncFolder(folder);
    await publish(temporary, path, options.overwrite === true);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw isSystemError(error) ? outputFailure(file, error) : error;
  }
}

async function publish(temporary: string, path: string, overwrite: boolean): Promise<void> {
  const aside = temporaryName(path);
  const isReplaced = overwrite && (await moveAside(path, aside));
  // A rename puts a folder in the place of an empty one without a word.
  if (!overwrite) await refuseExisting(path);
  try {
    await rename(temporary, path);
  } catch (error) {
    if (isReplaced) await rename(aside, path);
    throw error;
  }
  await syncFolder(dirname(path));
  if (isReplaced) await rm(aside, { recursive: true, force: true });
}

async function moveAside(path: string, aside: string): Promise<boolean> {
  try {
    await rename(path, aside);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return !(error instanceof DeepHealthError) && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
