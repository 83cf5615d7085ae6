import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A key that signs packages, and its id. */
export interface PackageSigner {
  /** JWK thumbprint of the public half (RFC 7638, SHA-256), base64url. */
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/**
 * A private Ed25519 key in PEM (PKCS #8, not encrypted).
 *
 * @throws RangeError for another one; its text is never repeated
 */
export function readPackageSigner(pem: Buffer | string): PackageSigner {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    throw new RangeError('it is no private key in PEM (PKCS #8) without a passphrase');
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new RangeError('it is no Ed25519 key');
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const keyId = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
  return { keyId, privateKey };
}

/**
 * Signs every package below `store`, for a target that serves nothing unsigned. Broken ones, too: they must be
 * refused for what is wrong with them, and not for want of a signature. Digests of packages stay what they are.
 *
 * @returns how many
 */
export function signModels(store: string, { keyId, privateKey }: PackageSigner, now = new Date()): number {
  const signedAt = `${now.toISOString().slice(0, 19)}Z`;
  const folders = readdirSync(store).flatMap((name) =>
    readdirSync(join(store, name)).map((version) => join(store, name, version)),
  );
  const packages = folders.filter((folder) => existsSync(join(folder, 'SHA256SUMS')));
  for (const folder of packages) {
    const packageSha256 = createHash('sha256')
      .update(readFileSync(join(folder, 'SHA256SUMS')))
      .digest('hex');
    // As docs/package-format.md says, and written anew here: the suite does not ask the runtime's own code.
    const message = Buffer.from(`deephealth.package.v1\0${keyId}\n${signedAt}\n${packageSha256}\n`);
    const signature = sign(null, message, privateKey).toString('base64url');
    const document = {
      format: 'deephealth-package-signatures/1',
      packageSha256,
      signatures: [{ keyId, signedAt, algorithm: 'Ed25519', signature }],
    };
    writeFileSync(join(folder, 'SHA256SUMS.sig'), `${JSON.stringify(document, null, 2)}\n`);
  }
  return packages.length;
}
