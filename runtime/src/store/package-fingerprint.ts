import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKSUMS_FILE } from '@deephealth/sdk';

/** Digest of a package's list of sums, by which a change is noticed; empty while there is none. */
export async function packageFingerprint(folder: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(join(folder, CHECKSUMS_FILE)))
      .digest('hex');
  } catch {
    return '';
  }
}
