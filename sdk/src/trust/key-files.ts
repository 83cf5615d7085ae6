import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError } from '../errors/deephealth-error.js';

/** A key of a signer. The owner of the private half keeps it to itself. */
export interface SigningKey {
  /** As in {@link PackageSignature}. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Id of an Ed25519 key: its JWK thumbprint (RFC 7638, SHA-256), base64url, 43 characters. */
export function keyIdOf(publicKey: KeyObject): string {
  const { x } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

/** A new Ed25519 key, of the machine's random numbers. */
export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { id: keyIdOf(publicKey), privateKey, publicKey };
}

/**
 * Writes a private key as PKCS #8 in PEM, for its owner alone (0600), encrypted (AES-256-CBC) where there is a
 * passphrase. A file that is there stays as it is.
 *
 * @throws DH_KEY_FILE_EXISTS, DH_KEY_FILE_INVALID if it cannot be written
 */
export async function writePrivateKey(path: string, { privateKey }: SigningKey, passphrase?: string): Promise<void> {
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
  });
  await writeNew(path, pem as string, 0o600);
}

/** Writes a public key as PEM; a file that is there stays as it is. Throws as {@link writePrivateKey} does. */
export async function writePublicKey(path: string, publicKey: KeyObject): Promise<void> {
  await writeNew(path, publicKey.export({ type: 'spki', format: 'pem' }) as string, 0o644);
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const name = basename(path);
  const file = await open(path, 'wx', mode).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') {
      throw new DeepHealthError(
        'DH_KEY_FILE_EXISTS',
        `"${name}" is there already, and a key is never overwritten. Choose another name, or move the file away.`,
        { details: { file: name }, cause },
      );
    }
    throw invalid(name, 'it cannot be written: look at the folder and its rights', cause);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * A private Ed25519 key of a PEM file (PKCS #8).
 *
 * @throws DH_KEY_FILE_INVALID, also for a wrong or missing passphrase
 */
export async function readPrivateKey(path: string, passphrase?: string): Promise<SigningKey> {
  const name = basename(path);
  const pem = await readKeyFile(path);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const isEncrypted = pem.includes('ENCRYPTED');
    const why = isEncrypted ? 'its passphrase is missing or another one' : 'it is no private key in PEM (PKCS #8)';
    throw invalid(name, why, cause);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw invalid(name, 'it is no Ed25519 key');
  const publicKey = createPublicKey(privateKey);
  return { id: keyIdOf(publicKey), privateKey, publicKey };
}

/**
 * A public Ed25519 key of a file: PEM (SPKI) or JWK. A private key is refused, so that none gets about by mistake.
 *
 * @throws DH_KEY_FILE_INVALID
 */
export async function readPublicKey(path: string): Promise<KeyObject> {
  const text = await readKeyFile(path);
  let source: unknown = text;
  if (text.trimStart().startsWith('{')) {
    try {
      source = JSON.parse(text);
    } catch (cause) {
      throw invalid(basename(path), 'it is not JSON', cause);
    }
  }
  return parsePublicKey(source, (why, cause) => invalid(basename(path), why, cause));
}

/** A public Ed25519 key from PEM text or a JWK. `invalid` makes the error. */
export function parsePublicKey(source: unknown, invalidKey: (why: string, cause?: unknown) => Error): KeyObject {
  const isPem = typeof source === 'string';
  const isJwk = typeof source === 'object' && source !== null;
  if ((isPem && source.includes('PRIVATE KEY')) || (isJwk && 'd' in source)) {
    throw invalidKey('it is a private key; only the public one belongs here');
  }
  let key: KeyObject;
  try {
    key = isPem
      ? createPublicKey({ key: source, format: 'pem' })
      : createPublicKey({ key: source as JsonWebKey, format: 'jwk' });
  } catch (cause) {
    throw invalidKey('it is no public key in PEM (SPKI) or as JWK', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalidKey('it is no Ed25519 key');
  return key;
}

type JsonWebKey = import('node:crypto').JsonWebKey;

async function readKeyFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw invalid(basename(path), 'it is not there or cannot be read', cause);
  });
}

function invalid(name: string, why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_KEY_FILE_INVALID', `Key file "${name}": ${why}.`, { details: { file: name }, cause });
}
