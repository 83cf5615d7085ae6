import { DeepHealthError } from '../errors/deephealth-error.js';
import { SIGNATURE_FILE } from '../package/checksums.js';
import { repeatedKey } from '../package/repeated-key.js';

/** `format` of the file SHA256SUMS.sig. */
export const SIGNATURE_FORMAT = 'deephealth-package-signatures/1';

/** One signature of a package; the file holds one for each signer. */
export interface PackageSignature {
  /** JWK thumbprint of the signer's public key (RFC 7638, SHA-256), base64url. */
  readonly keyId: string;
  /** When it was signed, by the signer's own clock: RFC 3339 in UTC, whole seconds. It is signed too. */
  readonly signedAt: string;
  /** 64 bytes of Ed25519 (RFC 8032), base64url. */
  readonly signature: string;
}

const LARGEST_FILE_BYTES = 64 * 1024;
const MOST_SIGNATURES = 16;
const DIGEST = /^[0-9a-f]{64}$/;
const KEY_ID = /^[A-Za-z0-9_-]{43}$/;
const SIGNED_AT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

/**
 * What is signed: a text that no other protocol signs, the key, the time and the digest of SHA256SUMS. So a
 * signature made elsewhere by the same key never passes for one of a package, nor that of one key for another's.
 */
export function signedMessage(keyId: string, signedAt: string, packageSha256: string): Buffer {
  return Buffer.from(`deephealth.package.v1\0${keyId}\n${signedAt}\n${packageSha256}\n`, 'utf8');
}

/** What SHA256SUMS.sig holds. */
export interface PackageSignatures {
  /** Digest of the SHA256SUMS that was signed; what counts is the one that each signature covers. */
  readonly packageSha256: string;
  readonly signatures: readonly PackageSignature[];
}

/** A SHA256SUMS.sig file, signatures in its order. Throws DH_PACKAGE_SIGNATURE_MALFORMED. */
export function parsePackageSignatures(bytes: Uint8Array): PackageSignatures {
  if (bytes.byteLength > LARGEST_FILE_BYTES) throw malformed('it is larger than 64 KiB');
  let text: string;
  let document: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    document = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON in UTF-8');
  }
  if (repeatedKey(text) !== undefined) throw malformed('a field is there twice');
  const { format, packageSha256, signatures, ...others } = asObject(document, 'the document');
  if (format !== SIGNATURE_FORMAT) throw malformed(`field "/format" is not "${SIGNATURE_FORMAT}"`);
  if (Object.keys(others).length > 0) throw malformed('it holds a field that the format does not have');
  if (!Array.isArray(signatures) || signatures.length === 0 || signatures.length > MOST_SIGNATURES) {
    throw malformed(`field "/signatures" is not a list of 1 to ${MOST_SIGNATURES} signatures`);
  }
  const parsed = signatures.map((entry, index) => parseSignature(entry, `/signatures/${index}`));
  if (new Set(parsed.map(({ keyId }) => keyId)).size < parsed.length) throw malformed('a key has signed twice');
  return { packageSha256: matching(packageSha256, DIGEST, '/packageSha256'), signatures: parsed };
}

function parseSignature(entry: unknown, at: string): PackageSignature {
  const { keyId, signedAt, algorithm, signature, ...others } = asObject(entry, `field "${at}"`);
  if (Object.keys(others).length > 0) throw malformed(`field "${at}" holds a field that the format does not have`);
  if (algorithm !== 'Ed25519') throw malformed(`field "${at}/algorithm" is not "Ed25519"`);
  return {
    keyId: matching(keyId, KEY_ID, `${at}/keyId`),
    signedAt: matching(signedAt, SIGNED_AT, `${at}/signedAt`),
    signature: matching(signature, SIGNATURE, `${at}/signature`),
  };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function matching(value: unknown, pattern: RegExp, at: string): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw malformed(`field "${at}" has another form than the format's`);
  return value;
}

/** The text of SHA256SUMS.sig. */
export function formatPackageSignatures({ packageSha256, signatures }: PackageSignatures): string {
  const entries = signatures.map(({ keyId, signedAt, signature }) => ({
    keyId,
    signedAt,
    algorithm: 'Ed25519',
    signature,
  }));
  return `${JSON.stringify({ format: SIGNATURE_FORMAT, packageSha256, signatures: entries }, null, 2)}\n`;
}

function malformed(why: string): DeepHealthError {
  return new DeepHealthError('DH_PACKAGE_SIGNATURE_MALFORMED', `${SIGNATURE_FILE}: ${why}. Sign the package again.`, {
    details: { file: SIGNATURE_FILE },
  });
}
