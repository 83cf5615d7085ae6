import type { KeyObject } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { trustedKeys as validate } from '../generated/validators.js';
import { repeatedKey } from '../package/repeated-key.js';
import { validatorProblems } from '../package/schema-validator.js';
import { keyIdOf, parsePublicKey } from './key-files.js';

/** A public key whose signatures are believed, and how far. */
export interface TrustedKey {
  /** As in {@link PackageSignature}. */
  readonly id: string;
  /** Who signs with it. */
  readonly name: string;
  readonly publicKey: KeyObject;
  /** ms since the epoch; -Infinity and Infinity for no bound. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Names of models that it may sign, `*` for any characters; undefined for all. */
  readonly models: readonly string[] | undefined;
  readonly isRevoked: boolean;
}

/** Whose signatures are believed, and which packages are never served. */
export interface TrustedKeys {
  /** By id. */
  readonly keys: ReadonlyMap<string, TrustedKey>;
  readonly revokedPackages: ReadonlySet<string>;
}

interface KeysDocument {
  readonly keys: readonly KeyEntry[];
  readonly revokedPackages?: readonly string[];
}

interface KeyEntry {
  readonly name: string;
  readonly key: unknown;
  readonly keyId?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly models?: readonly string[];
  readonly revoked?: boolean;
}

const PROBLEMS_SHOWN = 5;
const LARGEST_FILE_BYTES = 8 * 1024 * 1024;

/**
 * Reads trusted keys from files and folders: JSON documents (schemas/trusted-keys.schema.json), and public keys
 * alone as `.pem` or `.jwk`, which count without bounds under the file's name. Of a folder, its own `.json`, `.pem`
 * and `.jwk` files are read. A key that is there twice is refused, as only one of its entries could hold.
 *
 * @throws DH_TRUST_STORE_INVALID; messages name files without their folders
 */
export async function readTrustedKeys(paths: readonly string[]): Promise<TrustedKeys> {
  const keys = new Map<string, TrustedKey>();
  const revokedPackages = new Set<string>();
  for (const path of (await Promise.all(paths.map(filesOf))).flat()) {
    const document = parseDocument(basename(path), await readText(path));
    for (const digest of document.revokedPackages ?? []) revokedPackages.add(digest);
    document.keys.forEach((entry, index) => {
      const key = toTrustedKey(entry, (why, cause) => invalid(basename(path), `"/keys/${index}": ${why}`, cause));
      if (keys.has(key.id)) throw invalid(basename(path), `the key of "${key.name}" is there twice. Remove one entry`);
      keys.set(key.id, key);
    });
  }
  return { keys, revokedPackages };
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => /\.(?:json|pem|jwk)$/.test(name)).sort();
    return names.map((name) => join(path, name));
  } catch (cause) {
    throw invalid(basename(path), 'it is not there or cannot be read', cause);
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause) => {
    throw invalid(basename(path), 'it cannot be read', cause);
  });
  if (bytes.byteLength > LARGEST_FILE_BYTES) throw invalid(basename(path), 'it is larger than 8 MiB');
  return bytes.toString('utf8');
}

function parseDocument(file: string, text: string): KeysDocument {
  if (file.endsWith('.pem')) return { keys: [{ name: file.slice(0, -'.pem'.length), key: text }] };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, 'it is not JSON', cause);
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw invalid(file, `field "${repeated}" is there twice`);
  if (file.endsWith('.jwk')) return { keys: [{ name: file.slice(0, -'.jwk'.length), key: document }] };
  const problems = validatorProblems(validate, document).map(({ sentence }) => sentence);
  if (problems.length > 0) throw invalid(file, problems.slice(0, PROBLEMS_SHOWN).join(' '));
  return document as KeysDocument;
}

function toTrustedKey(entry: KeyEntry, bad: (why: string, cause?: unknown) => Error): TrustedKey {
  const publicKey = parsePublicKey(entry.key, bad);
  const id = keyIdOf(publicKey);
  if (entry.keyId !== undefined && entry.keyId !== id) throw bad(`"keyId" is not that of the key, which is ${id}`);
  const notBeforeMs = timeOf(entry.notBefore, Number.NEGATIVE_INFINITY, 'notBefore', bad);
  const notAfterMs = timeOf(entry.notAfter, Number.POSITIVE_INFINITY, 'notAfter', bad);
  if (notAfterMs < notBeforeMs) throw bad('"notAfter" is before "notBefore"');
  const { name, models, revoked = false } = entry;
  return { id, name, publicKey, notBeforeMs, notAfterMs, models, isRevoked: revoked };
}

function timeOf(text: string | undefined, absent: number, field: string, bad: (why: string) => Error): number {
  if (text === undefined) return absent;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw bad(`"${field}" is no time`);
  return ms;
}

function invalid(file: string, why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_TRUST_STORE_INVALID', `Trusted keys "${file}": ${why}.`, { details: { file }, cause });
}
