import { DeepHealthError, repeatedKey } from '@deephealth/sdk';
import type { ValidateFunction } from 'ajv/dist/2020.js';

const LONGEST_FIELD = 160;

/** Of names that callers made up, which go into logs and terminals. */
const CONTROL = /\p{C}/gu;

/**
 * JSON of a body by its schema. The message of a refusal names the field and repeats no value of it, which may be a
 * patient's.
 *
 * @param schema file of the schema, for the message
 * @throws DH_REQUEST_MALFORMED
 */
export function parseBody<T>(body: Uint8Array, validate: ValidateFunction, schema: string): T {
  let text: string;
  let document: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    document = JSON.parse(text);
  } catch (cause) {
    throw refused('/', 'must be JSON in UTF-8', cause);
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw refused(repeated, 'is there twice');
  if (validate(document)) return document as T;
  const [first] = validate.errors ?? [];
  throw refused(first?.instancePath || '/', `breaks schemas/${schema}: look at its form, its type and its spelling`);
}

/** @param what with the field as its subject, without a full stop */
export function refused(field: string, what: string, cause?: unknown): DeepHealthError {
  const plain = field.replace(CONTROL, '?');
  const shown = plain.length > LONGEST_FIELD ? `${plain.slice(0, LONGEST_FIELD)}...` : plain;
  return new DeepHealthError('DH_REQUEST_MALFORMED', `Field "${shown}" ${what}.`, {
    details: { field: shown },
    ...(cause === undefined ? {} : { cause }),
  });
}
