import { createHash } from 'node:crypto';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { repeatedKey } from '../package/repeated-key.js';
import { type Caller, ROLES, type Role } from './caller.js';

/** Characters that a key has at least. Keys are random: 24 of base64url are 144 bits. */
export const SHORTEST_KEY_LENGTH = 24;

const ID = /^[\w.@:/+-]{1,128}$/;
const TENANT = /^[\w.-]{1,64}$/;
const MODEL = /^[\w.*-]{1,128}$/;
const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;
const FIELDS = ['id', 'sha256', 'roles', 'tenant', 'models', 'expires'];

/** A caller that a key stands for, until `expiresAtMs`. */
export interface KeyHolder {
  readonly caller: Caller;
  readonly expiresAtMs: number;
}

/**
 * Reads a file of keys: `{ "keys": [{ "id", "sha256", "roles", "tenant"?, "models"?, "expires"? }] }`. The file holds
 * the SHA-256 of each key and not the key; a random key needs no slower digest.
 *
 * @returns holders by the SHA-256 of their keys, lower-case hexadecimal
 * @throws DH_CONFIG_INVALID naming the place in the file
 */
export function readKeyFile(bytes: Uint8Array): ReadonlyMap<string, KeyHolder> {
  const text = Buffer.from(bytes).toString('utf8');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw invalid('The file', 'is not JSON');
  }
  // Of two fields of one name a reader keeps one, and a person may have looked at the other.
  if (repeatedKey(text) !== undefined) throw invalid('The file', 'has a field twice in one place');
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw invalid('"keys"', 'must be a list');
  const holders = new Map<string, KeyHolder>();
  const ids = new Set<string>();
  for (const [index, entry] of keys.entries()) {
    const { sha256, holder } = readKey(entry, `keys[${index}]`);
    if (ids.has(holder.caller.subject)) throw invalid(`keys[${index}].id`, 'is the id of another key');
    if (holders.has(sha256)) throw invalid(`keys[${index}].sha256`, 'is the digest of another key');
    ids.add(holder.caller.subject);
    holders.set(sha256, holder);
  }
  return holders;
}

/** The digest by which a file of keys knows a key. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function readKey(entry: unknown, place: string): { sha256: string; holder: KeyHolder } {
  if (typeof entry !== 'object' || entry === null) throw invalid(place, 'must be an object');
  const { id, sha256, roles, tenant, models, expires } = entry as Record<string, unknown>;
  const unknown = Object.keys(entry).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(place, `has a field that no key has; there are ${FIELDS.join(', ')}`);
  if (typeof id !== 'string' || !ID.test(id)) {
    throw invalid(`${place}.id`, 'must be a name of 1 to 128 letters, digits and . @ : / + - _');
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw invalid(`${place}.sha256`, 'must be the SHA-256 of the key, 64 hexadecimal digits');
  }
  if (tenant !== undefined && (typeof tenant !== 'string' || !TENANT.test(tenant))) {
    throw invalid(`${place}.tenant`, 'must be a name of 1 to 64 letters, digits and . - _');
  }
  // Others that a program can read are read in two ways: 01/02/2027, or a time of no zone.
  const isDate = expires === undefined || (typeof expires === 'string' && DATE.test(expires));
  const expiresAtMs = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(expires));
  if (!isDate || Number.isNaN(expiresAtMs))
    throw invalid(
      `${place}.expires`,
      'must be a date as ISO 8601 writes it, as in 2027-06-30, or with a time and its zone',
    );
  const caller: Caller = {
    subject: id,
    roles: readRoles(roles, `${place}.roles`),
    tenant: tenant ?? '',
    authentication: 'key',
    ...(models !== undefined && { models: readModels(models, `${place}.models`) }),
  };
  return { sha256: sha256.toLowerCase(), holder: { caller, expiresAtMs } };
}

/** @throws DH_CONFIG_INVALID */
export function readRoles(roles: unknown, place: string): readonly Role[] {
  const known: readonly unknown[] = ROLES;
  if (Array.isArray(roles) && roles.length > 0 && roles.every((role) => known.includes(role))) return roles;
  throw invalid(place, `must be a list of roles; there are ${ROLES.join(', ')}`);
}

/** @throws DH_CONFIG_INVALID */
export function readModels(models: unknown, place: string): readonly string[] {
  if (Array.isArray(models) && models.every((model) => typeof model === 'string' && MODEL.test(model))) return models;
  throw invalid(place, 'must be a list of names of models, in which * stands for any characters');
}

function invalid(place: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `File of keys: ${place} ${sentence}.`, { details: { field: place } });
}
