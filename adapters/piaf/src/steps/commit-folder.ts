import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { flush, flushTree } from './flush.js';

/** Of a disk that takes no more, whoever meets it. */
const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EROFS'];

/**
 * Makes a folder that comes into being at once, whatever ends the process: it is filled under another name beside
 * its place, flushed to the disk, and renamed. Where there is one already, nothing is filled; where another one comes
 * meanwhile, the new one is dropped: of two tasks that do the same work, one commits.
 *
 * @returns whether it was this call that made it
 * @throws DH_OUTPUT_NOT_WRITTEN, and what `fill` throws
 */
export async function commitFolder(target: string, fill: (folder: string) => Promise<void>): Promise<boolean> {
  if (await holdsSomething(target)) return false;
  const parent = dirname(target);
  const folder = join(parent, `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(parent, { recursive: true }).catch(notWritten);
    await mkdir(folder).catch(notWritten);
    await fill(folder);
    await flushTree(folder).catch(notWritten);
    return await renameOnce(folder, target);
  } catch (thrown) {
    // Where even that fails, why it was not filled is what counts.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    if (DISK_CODES.includes((thrown as NodeJS.ErrnoException).code ?? '')) return notWritten(thrown);
    throw thrown;
  }
}

/** Removes what ended processes left of folders that they were filling; called when none is being filled there. */
export async function removeUnfinished(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    if (name.startsWith('.')) await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function holdsSomething(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.length > 0;
}

async function renameOnce(folder: string, target: string): Promise<boolean> {
  try {
    await rename(folder, target);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A folder that is not empty is never replaced by a rename.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') return notWritten(cause);
    await rm(folder, { recursive: true, force: true });
    return false;
  }
  await flush(dirname(target)).catch(notWritten);
  return true;
}

/** What a full or read-only disk says holds paths. */
function notWritten(cause: unknown): never {
  throw new DeepHealthError(
    'DH_OUTPUT_NOT_WRITTEN',
    'The folder of a step cannot be written. Check space and rights.',
    {
      cause,
    },
  );
}
