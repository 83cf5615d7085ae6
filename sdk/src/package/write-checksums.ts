import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKSUMS_FILE, formatChecksums, SIGNATURE_FILE, sha256 } from './checksums.js';
import { listPackageFiles } from './package-folder.js';

/** Writes SHA256SUMS for the files as they are; returns the new package digest. */
export async function writeChecksums(folder: string): Promise<string> {
  const sums = new Map<string, string>();
  for (const file of await listPackageFiles(folder)) {
    if (file === CHECKSUMS_FILE || file === SIGNATURE_FILE) continue;
    sums.set(file, sha256(await readFile(join(folder, file))));
  }
  const text = formatChecksums(sums);
  await writeFile(join(folder, CHECKSUMS_FILE), text);
  return sha256(text);
}
