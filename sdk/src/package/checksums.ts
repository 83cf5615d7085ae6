import { createHash } from 'node:crypto';
import { DeepHealthError } from '../errors/deephealth-error.js';

/** Name of the file that lists the digest of every other file of a package. */
export const CHECKSUMS_FILE = 'SHA256SUMS';
/** Optional signature over {@link CHECKSUMS_FILE}; never listed in it. */
export const SIGNATURE_FILE = 'SHA256SUMS.sig';

/** SHA-256 as 64 lower-case hex digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const LINE = /^([0-9a-f]{64}) [ *](.+)$/;

/** Lines of a SHA256SUMS file in coreutils format as path to digest. Throws DH_PACKAGE_PATH_INVALID for a path that leaves the package. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const match = LINE.exec(line);
    if (match === null) {
      throw new DeepHealthError(
        'DH_FILE_DIGEST_MISMATCH',
        `${CHECKSUMS_FILE}: line ${index + 1} is not "<64 hex digits>  <path>".`,
        {
          details: { file: CHECKSUMS_FILE, line: String(index + 1) },
        },
      );
    }
    const path = match[2] as string;
    if (!isPackagePath(path)) {
      throw new DeepHealthError(
        'DH_PACKAGE_PATH_INVALID',
        `${CHECKSUMS_FILE}: line ${index + 1} names a path outside the package.`,
        {
          details: { file: CHECKSUMS_FILE, line: String(index + 1) },
        },
      );
    }
    if (sums.has(path)) {
      throw new DeepHealthError(
        'DH_FILE_DIGEST_MISMATCH',
        `${CHECKSUMS_FILE}: line ${index + 1} lists "${path}" a second time. Keep one line for each file.`,
        {
          details: { file: CHECKSUMS_FILE, line: String(index + 1) },
        },
      );
    }
    sums.set(path, match[1] as string);
  }
  return sums;
}

/** The text of SHA256SUMS, sorted by path in byte order so that equal packages have equal digests. */
export function formatChecksums(sums: ReadonlyMap<string, string>): string {
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...sums.keys()]
    .sort(byBytes)
    .map((path) => `${sums.get(path)}  ${path}\n`)
    .join('');
}

/** True for a relative path of plain names, which cannot leave the package. */
export function isPackagePath(path: string): boolean {
  return path.length <= 255 && /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/.test(path);
}
