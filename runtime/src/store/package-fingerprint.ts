import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKSUMS_FILE, SIGNATURE_FILE } from '@deephealth/sdk';

/**
 * Digest of a package's list of sums, and behind a colon that of its signatures if it has some, by which a change
 * is noticed; empty while there are no sums.
 */
export async function packageFingerprint(folder: string): Promise<string> {
  const sums = await digestOf(join(folder, CHECKSUMS_FILE));
  const signatures = await digestOf(join(folder, SIGNATURE_FILE));
  return sums === '' || signatures === '' ? sums : `${sums}:${signatures}`;
}

/** The fingerprint of a package of another digest with the same signatures. */
export function withPackageDigest(packageSha256: string, fingerprint: string): string {
  const [, signatures] = fingerprint.split(':');
  return signatures === undefined ? packageSha256 : `${packageSha256}:${signatures}`;
}

/** Empty for a file that cannot be read. */
async function digestOf(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return '';
  }
}
