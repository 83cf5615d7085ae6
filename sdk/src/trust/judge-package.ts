import { verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { matchesName } from '../access/name-pattern.js';
import type { ErrorCode } from '../errors/catalog.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { CHECKSUMS_FILE, SIGNATURE_FILE, sha256 } from '../package/checksums.js';
import { type PackageSignature, parsePackageSignatures, signedMessage } from './package-signature.js';
import type { TrustedKey, TrustedKeys } from './trusted-keys.js';

/** The two files that say what a package is and who vouches for it, as they were read once. */
export interface PackageEvidence {
  readonly packageSha256: string;
  /** Bytes of SHA256SUMS.sig; undefined for a package without one. */
  readonly signatures: Uint8Array | undefined;
}

/** Whose signatures a server asks for. */
export interface TrustPolicy {
  /** At least one signature that counts is needed. */
  readonly requireSignatures: boolean;
  /** Names of keys of which each must have signed. */
  readonly requiredSigners?: readonly string[];
  /** Digests that are never served, besides those of the trusted keys. */
  readonly revokedPackages?: readonly string[];
}

export type SignatureState =
  | 'valid'
  /** The bytes are not what this key has signed. */
  | 'wrong'
  /** The key is none of the trusted ones, so nothing can be said. */
  | 'unknown-key'
  | 'revoked'
  | 'expired'
  | 'not-yet-valid'
  /** The key may not sign models of this name. */
  | 'not-for-this-model';

export interface JudgedSignature {
  readonly keyId: string;
  readonly signedAt: string;
  /** Who signs with the key; empty for one that is not known. */
  readonly name: string;
  readonly state: SignatureState;
}

/** What the signatures of a package say, by the policy. */
export interface PackageVerdict {
  /** Undefined if the package may be served. */
  readonly refusal: DeepHealthError | undefined;
  readonly signatures: readonly JudgedSignature[];
}

/** Reads the digest and the signatures of a package, and nothing else of it. Throws DH_PACKAGE_FILE_MISSING. */
export async function readPackageEvidence(folder: string): Promise<PackageEvidence> {
  const sums = await readFile(join(folder, CHECKSUMS_FILE)).catch((cause) => {
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', `"${CHECKSUMS_FILE}" of the package cannot be read.`, {
      details: { file: CHECKSUMS_FILE },
      cause,
    });
  });
  const signatures = await readFile(join(folder, SIGNATURE_FILE)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new DeepHealthError('DH_PACKAGE_SIGNATURE_MALFORMED', `"${SIGNATURE_FILE}" cannot be read.`, {
      details: { file: SIGNATURE_FILE },
      cause,
    });
  });
  return { packageSha256: sha256(sums), signatures };
}

/**
 * Whether a package may be served, by who has signed it. Validity of keys is looked at now, not when a signature
 * says that it was made: whoever has an expired key could write any time. A signature that is wrong under a trusted
 * key refuses the package whatever the policy, as somebody has changed something; one of an unknown key says nothing.
 *
 * @param model name of the model, for keys that may sign some only
 */
export function judgePackage(
  { packageSha256, signatures: bytes }: PackageEvidence,
  model: string,
  trusted: TrustedKeys,
  policy: TrustPolicy,
  nowMs = Date.now(),
): PackageVerdict {
  let judged: readonly JudgedSignature[] = [];
  try {
    if (bytes !== undefined) {
      const file = parsePackageSignatures(bytes);
      judged = file.signatures.map((one) => judge(one, packageSha256, trusted.keys.get(one.keyId), model, nowMs));
    }
  } catch (refusal) {
    return { refusal: DeepHealthError.from(refusal), signatures: [] };
  }
  return { refusal: refusalOf(packageSha256, judged, trusted, policy), signatures: judged };
}

/** The same for a package folder. Throws DH_PACKAGE_FILE_MISSING. */
export async function verifyPackageSignature(
  folder: string,
  model: string,
  trusted: TrustedKeys,
  policy: TrustPolicy = { requireSignatures: true },
): Promise<PackageVerdict & { readonly packageSha256: string }> {
  const evidence = await readPackageEvidence(folder);
  return { ...judgePackage(evidence, model, trusted, policy), packageSha256: evidence.packageSha256 };
}

function judge(
  { keyId, signedAt, signature }: PackageSignature,
  packageSha256: string,
  key: TrustedKey | undefined,
  model: string,
  nowMs: number,
): JudgedSignature {
  const as = (state: SignatureState) => ({ keyId, signedAt, name: key?.name ?? '', state });
  if (key === undefined) return as('unknown-key');
  const message = signedMessage(keyId, signedAt, packageSha256);
  if (!verify(null, message, key.publicKey, Buffer.from(signature, 'base64url'))) return as('wrong');
  if (key.isRevoked) return as('revoked');
  if (nowMs > key.notAfterMs) return as('expired');
  if (nowMs < key.notBeforeMs) return as('not-yet-valid');
  const isAllowed = key.models === undefined || key.models.some((pattern) => matchesName(pattern, model));
  return as(isAllowed ? 'valid' : 'not-for-this-model');
}

/** What is said of a package that no signature carries, the most telling first. */
const WHY_NOT: readonly (readonly [SignatureState, ErrorCode, string])[] = [
  ['revoked', 'DH_PACKAGE_KEY_REVOKED', 'is signed by a key that was revoked'],
  ['expired', 'DH_PACKAGE_KEY_EXPIRED', 'is signed by a key whose time is over'],
  ['not-yet-valid', 'DH_PACKAGE_KEY_NOT_YET_VALID', 'is signed by a key whose time has not begun'],
  ['not-for-this-model', 'DH_PACKAGE_SIGNER_UNTRUSTED', 'is signed by a key that may not sign models of this name'],
  ['unknown-key', 'DH_PACKAGE_SIGNER_UNTRUSTED', 'is signed by a key that is none of the trusted ones'],
];

function refusalOf(
  packageSha256: string,
  judged: readonly JudgedSignature[],
  trusted: TrustedKeys,
  { requireSignatures, requiredSigners = [], revokedPackages = [] }: TrustPolicy,
): DeepHealthError | undefined {
  const refuse = (code: ErrorCode, text: string, details: Readonly<Record<string, string>> = {}) =>
    new DeepHealthError(code, text, { details: { file: SIGNATURE_FILE, ...details } });
  if (trusted.revokedPackages.has(packageSha256) || revokedPackages.includes(packageSha256)) {
    return refuse('DH_PACKAGE_REVOKED', 'The package was revoked: its digest is among those that are never served.');
  }
  const wrong = judged.find(({ state }) => state === 'wrong');
  if (wrong !== undefined) {
    return refuse(
      'DH_PACKAGE_SIGNATURE_WRONG',
      `The signature of "${wrong.name}" is not one of this package: package or signature was changed. Restore it from its source.`,
      { keyId: wrong.keyId },
    );
  }
  const valid = judged.filter(({ state }) => state === 'valid');
  const missing = requiredSigners.filter((name) => !valid.some((one) => one.name === name));
  const isEnough = !requireSignatures || valid.length > 0;
  if (isEnough && missing.length === 0) return undefined;
  if (judged.length === 0) {
    return refuse('DH_PACKAGE_UNSIGNED', 'The package is not signed, and this server serves signed packages only.');
  }
  if (valid.length > 0) {
    return refuse('DH_PACKAGE_SIGNER_MISSING', `The package is not signed by: ${missing.join(', ')}.`, {
      expected: requiredSigners.join(', '),
    });
  }
  for (const [state, code, text] of WHY_NOT) {
    const found = judged.find((one) => one.state === state);
    if (found === undefined) continue;
    const who = found.name === '' ? '' : ` ("${found.name}")`;
    return refuse(code, `The package ${text}${who}.`, { keyId: found.keyId });
  }
  return refuse('DH_PACKAGE_UNSIGNED', 'The package is not signed by anybody who counts.');
}
