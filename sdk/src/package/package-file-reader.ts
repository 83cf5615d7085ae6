import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { CHECKSUMS_FILE, parseChecksums, sha256 } from './checksums.js';

/**
 * Reads files of a package that `readModelPackage` checked a moment ago: what is used is what was checked.
 *
 * @param packageSha256 as readModelPackage gave it
 * @throws DH_PACKAGE_FILE_MISSING, and DH_FILE_DIGEST_MISMATCH for a package that changed meanwhile; so does what it
 * returns
 */
export async function packageFileReader(
  folder: string,
  packageSha256: string,
): Promise<(file: string) => Promise<Buffer>> {
  const sums = await readOne(folder, CHECKSUMS_FILE);
  if (sha256(sums) !== packageSha256) throw changed(CHECKSUMS_FILE);
  const listed = parseChecksums(new TextDecoder().decode(sums));
  return async (file) => {
    const bytes = await readOne(folder, file);
    if (sha256(bytes) !== listed.get(file)) throw changed(file);
    return bytes;
  };
}

async function readOne(folder: string, file: string): Promise<Buffer> {
  return readFile(join(folder, file)).catch((cause) => {
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', `"${file}" of the package cannot be read.`, {
      details: { file },
      cause,
    });
  });
}

function changed(file: string): DeepHealthError {
  return new DeepHealthError('DH_FILE_DIGEST_MISMATCH', `"${file}" changed while the package was read.`, {
    details: { file },
  });
}
