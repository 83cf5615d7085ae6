import { readdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { hashFile } from './hash-file.js';
import { changed, documentText, readDocument } from './read-document.js';
import { PART_FILE, type Part } from './run-folder.js';

type PartIdentity = Pick<Part, 'chunk' | 'stagedSha256' | 'packageSha256'>;

/** Writes `part.json`, the last file of a part. */
export async function writePart(folder: string, identity: PartIdentity): Promise<void> {
  const files = await listFiles(folder);
  const { chunk, stagedSha256, packageSha256 } = identity;
  const part: Part = { schemaVersion: 1, chunk, stagedSha256, packageSha256, files };
  await writeFile(join(folder, PART_FILE), documentText(part));
}

/** All files below a folder with their digests, sorted by path as bytes are. */
export async function listFiles(folder: string): Promise<{ path: string; size: number; sha256: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort((a, b) => (a < b ? -1 : 1));
  const files = [];
  for (const path of paths) {
    const { size, digest } = await hashFile(join(folder, path));
    files.push({ path, size, sha256: digest });
  }
  return files;
}

/**
 * Whether a part stands there.
 *
 * @throws DH_RESULT_DIFFERS for the part of another run, or a folder that is none
 */
export async function isCommitted(folder: string, identity: PartIdentity): Promise<boolean> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw changed(identity.chunk, 'has no readable folder of its part', cause);
  });
  if (names === undefined) return false;
  const { document } = await readDocument<Part>(join(folder, PART_FILE), `parts/${identity.chunk}/part.json`, 'files');
  const isSame =
    document.chunk === identity.chunk &&
    document.stagedSha256 === identity.stagedSha256 &&
    document.packageSha256 === identity.packageSha256;
  if (isSame) return true;
  throw new DeepHealthError('DH_RESULT_DIFFERS', `The part of ${identity.chunk} there is of another run.`, {
    details: { chunk: identity.chunk },
  });
}

/**
 * Reads a part and checks every byte of it.
 *
 * @throws DH_CHAIN_INPUT_CHANGED for files that are not what the part lists, or that it does not list
 */
export async function readPart(folder: string, name: string): Promise<Part> {
  const { document } = await readDocument<Part>(join(folder, PART_FILE), `${name}/part.json`, 'files');
  const found = (await listFiles(folder)).filter(({ path }) => path !== PART_FILE);
  if (documentText(found) !== documentText(document.files))
    throw changed(name, 'does not hold what its part.json lists');
  return document;
}
