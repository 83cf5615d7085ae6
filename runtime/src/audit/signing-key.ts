import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { ChainPlace } from './record-line.js';

/** Signs places of the chain, so that nobody without the key can write another one. */
export interface AuditSigner {
  /** First 16 hex digits of SHA-256 over the public key. */
  readonly keyId: string;
  /** SPKI in base64. */
  readonly publicKey: string;
  /** Base64 of an Ed25519 signature. */
  sign(place: ChainPlace): string;
}

/**
 * The private Ed25519 key of a PEM file.
 *
 * @throws DH_CONFIG_INVALID; the message names the setting and no path
 */
export async function readSigner(path: string): Promise<AuditSigner> {
  let key: KeyObject;
  try {
    key = createPrivateKey(await readFile(path));
  } catch (cause) {
    throw wrongKey('Setting "audit.signingKeyFile" names no file that holds a private key in PEM form.', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw wrongKey(
      `Setting "audit.signingKeyFile" holds a key of type ${key.asymmetricKeyType}, expected ed25519. Make one with: openssl genpkey -algorithm ed25519`,
    );
  }
  const publicKey = createPublicKey(key);
  return {
    keyId: keyIdOf(publicKey),
    publicKey: spki(publicKey).toString('base64'),
    sign: (place) => sign(null, statement(place), key).toString('base64'),
  };
}

/**
 * The public Ed25519 key of a PEM file, or of a private one.
 *
 * @throws DH_CONFIG_INVALID
 */
export async function readPublicKey(path: string): Promise<KeyObject> {
  let key: KeyObject;
  try {
    key = createPublicKey(await readFile(path));
  } catch (cause) {
    throw wrongKey('The file given as the public key holds no key in PEM form.', cause);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw wrongKey(`The file given as the public key holds a key of type ${key.asymmetricKeyType}, expected ed25519.`);
}

/** A public key as a record states it; undefined for what is none. */
export function parsePublicKey(base64: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(spki(publicKey)).digest('hex').slice(0, 16);
}

export function isSignedBy(publicKey: KeyObject, place: ChainPlace, signature: string): boolean {
  return verify(null, statement(place), publicKey, Buffer.from(signature, 'base64'));
}

/** The very text that is signed: the chain up to and with that record ends in that hash. */
function statement({ seq, hash }: ChainPlace): Buffer {
  return Buffer.from(`deephealth-audit-1 ${seq} ${hash}`);
}

function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}

function wrongKey(message: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', message, {
    details: { field: '/audit/signingKeyFile', expected: 'an Ed25519 key in PEM form' },
    cause,
  });
}
