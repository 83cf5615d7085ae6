import type { JSONWebKeySet } from 'jose';

const MAXIMUM_KEYS = 100;
/** Members that only private and shared keys have (RFC 7518, 6.2.2, 6.3.2 and 6.4.1). */
const SECRET_MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];

/**
 * A JSON Web Key Set of public keys, or a sentence that says what is wrong with it. A private or shared key in
 * it is refused, not passed over: whoever publishes one cannot be told from whoever read it.
 */
export function parseKeySet(value: unknown): JSONWebKeySet | string {
  const keys = isObject(value) ? value.keys : undefined;
  if (!Array.isArray(keys)) return 'is not a JSON Web Key Set';
  if (keys.length === 0) return 'holds no key';
  if (keys.length > MAXIMUM_KEYS) return `holds more than ${MAXIMUM_KEYS} keys`;
  for (const key of keys) {
    if (!isObject(key) || typeof key.kty !== 'string') return 'holds a key without "kty"';
    if (key.kty === 'oct' || SECRET_MEMBERS.some((member) => Object.hasOwn(key, member))) {
      return 'holds a private or shared key';
    }
  }
  return { keys: keys as JSONWebKeySet['keys'] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
