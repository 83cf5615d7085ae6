import type { GoldenInput } from '@deephealth/sdk';
import { decisionRequest } from '../generated/validators.js';
import type { DecisionRequest, ExplanationLanguage, GivenValue } from './decision-request.js';
import { parseBody, refused } from './parse-body.js';

type Plain = number | string | boolean | null;

interface Document {
  readonly values: Readonly<Record<string, Plain | Entry>>;
  readonly inputs?: Readonly<Record<string, GoldenInput>>;
  readonly at?: string;
  readonly languages?: readonly ExplanationLanguage[];
  readonly explain?: boolean;
  readonly requestId?: string;
}

interface Entry {
  readonly value?: Plain;
  readonly unit?: string;
  readonly degrees?: Readonly<Record<string, number>>;
  readonly at?: string;
}

/**
 * The JSON of a question. The message of a refusal names the field and what was expected, and repeats no value.
 *
 * @throws DH_REQUEST_MALFORMED
 */
export function parseDecisionRequest(body: Uint8Array): DecisionRequest {
  const {
    values,
    inputs = {},
    at,
    languages = ['en'],
    explain = true,
    requestId,
  } = parseBody<Document>(body, decisionRequest, 'decision-request.schema.json');
  return {
    values: new Map(Object.entries(values).map(([name, entry]) => [name, toGiven(entry, `/values/${name}`)] as const)),
    inputs,
    languages: explain ? languages : [],
    explain,
    ...(at === undefined ? {} : { atMs: toTime(at, '/at') }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function toGiven(entry: Plain | Entry, field: string): GivenValue {
  if (typeof entry !== 'object' || entry === null) return { kind: 'plain', value: finite(entry, field) };
  const { value, unit, degrees, at } = entry;
  const time = at === undefined ? {} : { atMs: toTime(at, `${field}/at`) };
  if (degrees !== undefined) return { kind: 'degrees', degrees, ...time };
  return {
    kind: 'plain',
    value: finite(value as Plain, `${field}/value`),
    ...(unit === undefined ? {} : { unit }),
    ...time,
  };
}

/** JSON can write numbers that no number of ours can hold. */
function finite(value: Plain, field: string): Plain {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw refused(field, 'must be a number that is not beyond all others');
}

function toTime(text: string, field: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw refused(field, 'must be a moment that exists');
  return time;
}
