import { sign } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SIGNATURE_FILE } from '../package/checksums.js';
import { readModelPackage } from '../package/package-folder.js';
import type { SigningKey } from './key-files.js';
import {
  formatPackageSignatures,
  type PackageSignature,
  type PackageSignatures,
  parsePackageSignatures,
  signedMessage,
} from './package-signature.js';

/**
 * Signs a package: the digest of its SHA256SUMS, and with it every file. The package is read and checked first, as
 * nobody should sign what no server would take. Signatures of other keys for the same sums stay; those of former
 * sums go, and so does a former one of this key.
 *
 * @returns all signatures that the package has now
 * @throws what `readModelPackage` does, DH_PACKAGE_SIGNATURE_MALFORMED
 */
export async function signPackage(folder: string, key: SigningKey, now = new Date()): Promise<PackageSignatures> {
  const { packageSha256 } = await readModelPackage(folder);
  const there = await readFile(join(folder, SIGNATURE_FILE)).then(parsePackageSignatures, (error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const others = there?.packageSha256 === packageSha256 ? there.signatures : [];
  const signatures = [...others.filter(({ keyId }) => keyId !== key.id), signDigest(packageSha256, key, now)];
  await replaceFile(folder, formatPackageSignatures({ packageSha256, signatures }));
  return { packageSha256, signatures };
}

/** Written beside the package, which a server may be reading: it must hold no other file for a moment. */
async function replaceFile(folder: string, text: string): Promise<void> {
  const written = `${folder.replace(/[/\\]+$/, '')}.${SIGNATURE_FILE}.${process.pid}`;
  try {
    await writeFile(written, text);
    await rename(written, join(folder, SIGNATURE_FILE));
  } finally {
    await rm(written, { force: true });
  }
}

/** A signature over a package's digest, 64 lower-case hex digits. */
export function signDigest(packageSha256: string, key: SigningKey, now: Date): PackageSignature {
  const signedAt = `${now.toISOString().slice(0, 19)}Z`;
  const signature = sign(null, signedMessage(key.id, signedAt, packageSha256), key.privateKey).toString('base64url');
  return { keyId: key.id, signedAt, signature };
}
