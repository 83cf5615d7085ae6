import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseChecksums } from '@deephealth/sdk';
import { METADATA_FILE, WORKFLOW_FILE } from '../crate/crate-entity.js';
import { commitFolder } from './commit-folder.js';
import { listFiles } from './part-folder.js';
import { changed } from './read-document.js';
import { SUMS_FILE } from './run-folder.js';

/**
 * Copies a result to where it is wanted, and reads the copy back: what arrives is what was computed.
 *
 * @param out comes into being at once
 * @returns false where there is something already, which stays as it is
 * @throws DH_CHAIN_INPUT_CHANGED for a file that is not as SHA256SUMS says, missing, or not listed there
 */
export async function stageOut(result: string, out: string, signal?: AbortSignal): Promise<boolean> {
  const sums = await readFile(join(result, SUMS_FILE), 'utf8').catch((cause) => {
    throw changed(`result/${SUMS_FILE}`, 'is missing', cause);
  });
  const listed = parseChecksums(sums);
  return commitFolder(out, async (folder) => {
    const others = [SUMS_FILE, ...(await crateFiles(result))];
    for (const path of [...listed.keys(), ...others]) {
      signal?.throwIfAborted();
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(result, path), target, constants.COPYFILE_FICLONE).catch((cause) => {
        throw changed(`result/${path}`, 'cannot be read', cause);
      });
    }
    for (const { path, sha256 } of await listFiles(folder)) {
      if (others.includes(path) || listed.get(path) === sha256) continue;
      throw changed(`result/${path}`, `is not as ${SUMS_FILE} says`);
    }
  });
}

/** Of a result that is a crate, its own files: they have times, and so are not among the sums. */
async function crateFiles(result: string): Promise<string[]> {
  const names: string[] = await readdir(result).catch(() => []);
  return [METADATA_FILE, WORKFLOW_FILE].filter((name) => names.includes(name));
}
