import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

/** Where the secret of the site lies if nothing else is said, below the working folder. */
export const DEFAULT_UID_KEY_FILE = '.deephealth/chains/uid-key';
const LEAST_BYTES = 16;

/**
 * The secret that DICOM UIDs are replaced with: equal UIDs become equal ones within a site, and nobody else can tell
 * which they were. Without a file, it is of this one step.
 *
 * @throws DH_CONFIG_INVALID for a file that is not there, or too short
 */
export async function readUidKey(path: string | undefined): Promise<Buffer> {
  if (path === undefined) return randomBytes(32);
  const bytes = await readFile(path).catch((cause) => {
    throw invalid('The file of the UID key cannot be read.', cause);
  });
  if (bytes.length < LEAST_BYTES) throw invalid(`The UID key must have ${LEAST_BYTES} bytes at least.`);
  return createHash('sha256').update(bytes).digest();
}

/** The same of the site's own file, which is made at its first use. */
export async function siteUidKey(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = join(dirname(path), `.uid-key.${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    // Whole or not at all, and never in the place of another one.
    await link(draft, path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

function invalid(message: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', message, {
    details: { field: 'uidKeyFile' },
    ...(cause === undefined ? {} : { cause }),
  });
}
