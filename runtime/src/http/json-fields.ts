import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { parseJson } from './parse-json.js';
import type { HttpRequest } from './route.js';

/**
 * Reading JSON keeps the whole server from anything else, and a body of 64 MiB for seconds. Tensors
 * of that size have a binary form, which costs nothing.
 */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** The JSON object of a body. Throws DH_REQUEST_MALFORMED, or DH_MESSAGE_TOO_LARGE above 16 MiB. */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  if (bytes.byteLength > MAX_JSON_BYTES) {
    throw new DeepHealthError(
      'DH_MESSAGE_TOO_LARGE',
      `The JSON of the request is longer than the ${MAX_JSON_BYTES} bytes that this server reads. Send the tensors as binary data.`,
      { details: { expected: `at most ${MAX_JSON_BYTES} bytes of JSON`, received: String(bytes.byteLength) } },
    );
  }
  return asObject(parseJson(bytes), 'body');
}

/** The JSON object that a request carries; an empty one for a request without a body. */
export async function readJsonObject(request: HttpRequest): Promise<JsonObject> {
  const body = await request.readBody();
  return body.byteLength === 0 ? new Map() : parseJsonObject(body);
}

/** The value of a field; null counts as absent, which is how many clients write it. */
export function field(object: JsonObject, name: string): JsonValue | undefined {
  return object.get(name) ?? undefined;
}

/** Throws DH_REQUEST_MALFORMED unless the value is an object. */
export function asObject(value: JsonValue | undefined, path: string): JsonObject {
  if (value instanceof Map) return value as JsonObject;
  throw wrong(path, 'an object', value);
}

/** Throws DH_REQUEST_MALFORMED unless the value is an array. */
export function asArray(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  throw wrong(path, 'an array', value);
}

/** Throws DH_REQUEST_MALFORMED unless the value is a text. */
export function asString(value: JsonValue | undefined, path: string): string {
  if (typeof value === 'string') return value;
  throw wrong(path, 'a text', value);
}

/** Throws DH_REQUEST_MALFORMED unless the value is true or false. */
export function asBoolean(value: JsonValue | undefined, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(path, 'true or false', value);
}

/** A field that holds an object, if it is there. */
export function optionalObject(object: JsonObject, name: string, path: string): JsonObject | undefined {
  const value = field(object, name);
  return value === undefined ? undefined : asObject(value, path);
}

/** A field that holds true or false, if it is there; `path` is that of the object. */
export function optionalBoolean(object: JsonObject | undefined, name: string, path: string): boolean | undefined {
  const value = object === undefined ? undefined : field(object, name);
  return value === undefined ? undefined : asBoolean(value, `${path}.${name}`);
}

/** A whole number, 0 or more, below 2^53. Throws DH_REQUEST_MALFORMED. */
export function asSize(value: JsonValue | undefined, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(path, 'a whole number, 0 or more', value);
}

/**
 * Throws DH_REQUEST_MALFORMED for a field that nothing reads: a misspelt "outputs" or "parameters"
 * would otherwise change silently what is computed.
 */
export function onlyFields(object: JsonObject, path: string, allowed: readonly string[]): void {
  for (const name of object.keys()) {
    if (allowed.includes(name)) continue;
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `"${path}" has no field "${shorten(name)}". It takes: ${allowed.join(', ')}.`,
      { details: { field: path, received: shorten(name), expected: allowed.join(', ') } },
    );
  }
}

/** The entries as a plain object, each value converted. `__proto__` is refused as a name. */
export function toRecord<T>(
  object: JsonObject,
  path: string,
  convert: (value: JsonValue, path: string, name: string) => T,
): Record<string, T> {
  if (object.has('__proto__')) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `Field "${path}" holds the name "__proto__", which is reserved.`,
      {
        details: { field: path },
      },
    );
  }
  return Object.fromEntries(
    [...object].map(([name, value]) => [name, convert(value, `${path}.${shorten(name)}`, name)]),
  );
}

function wrong(path: string, expected: string, value: JsonValue | undefined): DeepHealthError {
  const received = kind(value);
  return new DeepHealthError('DH_REQUEST_MALFORMED', `Field "${path}" must be ${expected}, got ${received}.`, {
    details: { field: path, expected, received },
  });
}

/** What a value is, never what it holds. */
export function kind(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Map) return 'an object';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'a boolean';
  return 'a number';
}
