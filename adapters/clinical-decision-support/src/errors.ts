import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import type { CodeReference } from './bindings/cds-hooks-binding.js';
import { type HttpAnswer, jsonAnswer } from './transport/http-message.js';

/** System of our error codes in an OperationOutcome. */
export const ERROR_CODE_SYSTEM = 'urn:deephealth:error-code';

/** One thing that a service needs and did not get, for the answer 412. */
export interface Need {
  /** Prefetch key, or "context". */
  readonly key: string;
  readonly column?: string;
  readonly codes?: readonly CodeReference[];
  /** For people: names key, column and codes; no value of the patient. */
  readonly sentence: string;
}

/** DH_CDS_DATA_MISSING with all that is missing, so that a platform need not ask as often as things are missing. */
export class UnmetNeeds extends DeepHealthError {
  readonly needs: readonly Need[];

  constructor(needs: readonly Need[]) {
    super('DH_CDS_DATA_MISSING', needs.map(({ sentence }) => sentence).join(' '), {
      details: {
        keys: [...new Set(needs.map(({ key }) => key))].join(', '),
        columns: needs.flatMap(({ column }) => column ?? []).join(', '),
      },
    });
    this.needs = needs;
  }
}

interface Row {
  readonly status: number;
  /** http://hl7.org/fhir/issue-type */
  readonly issue: OperationOutcomeIssue['code'];
}

/** What the caller can do something about; everything else is ours: 503 if it may pass, else 500. */
const ROWS: Partial<Record<ErrorCode, Row>> = {
  DH_CDS_REQUEST_INVALID: { status: 400, issue: 'invalid' },
  DH_CDS_HOOK_MISMATCH: { status: 400, issue: 'invalid' },
  DH_CDS_PATIENT_MISMATCH: { status: 400, issue: 'conflict' },
  DH_CDS_UNAUTHENTICATED: { status: 401, issue: 'login' },
  DH_CDS_ORIGIN_REFUSED: { status: 403, issue: 'forbidden' },
  DH_CDS_SERVICE_NOT_FOUND: { status: 404, issue: 'not-found' },
  DH_CDS_METHOD_NOT_ALLOWED: { status: 405, issue: 'not-supported' },
  DH_CDS_DATA_MISSING: { status: 412, issue: 'required' },
  DH_CDS_MEDIA_TYPE_UNSUPPORTED: { status: 415, issue: 'not-supported' },
  DH_CDS_OVERLOADED: { status: 503, issue: 'throttled' },
};
const TOO_LARGE: Row = { status: 413, issue: 'too-long' };
const LATER: Row = { status: 503, issue: 'transient' };
const FAULT: Row = { status: 500, issue: 'exception' };

const DEFAULT_RETRY_AFTER_MS = 1_000;

/**
 * The one way from an error to an HTTP answer. Its body is an OperationOutcome with the code and text of the
 * error; of a caller that did not prove who it is, nothing is told but that.
 */
export function errorAnswer(thrown: unknown): HttpAnswer {
  const error = DeepHealthError.from(thrown);
  const { status, issue } = rowOf(error);
  const retryAfterS = Math.max(1, Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000));
  return jsonAnswer(status, outcomeOf(error, issue), {
    ...(status === 503 ? { 'retry-after': String(retryAfterS) } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(error.details.allow === undefined ? {} : { allow: error.details.allow }),
  });
}

function rowOf(error: DeepHealthError): Row {
  // The contract's own refusal of a large message is about our request to the runtime, not about the caller's.
  if (error.code === 'DH_MESSAGE_TOO_LARGE' && error.details.of === 'body') return TOO_LARGE;
  return ROWS[error.code] ?? (error.retryable ? LATER : FAULT);
}

function outcomeOf(error: DeepHealthError, issue: OperationOutcomeIssue['code']): OperationOutcome {
  const code = { system: ERROR_CODE_SYSTEM, code: error.code };
  if (error.code === 'DH_CDS_UNAUTHENTICATED') {
    return outcome([{ severity: 'error', code: issue, details: { coding: [code], text: 'Not authenticated.' } }]);
  }
  const needs = (error as Partial<UnmetNeeds>).needs;
  if (needs === undefined) {
    return outcome([
      { severity: 'error', code: issue, details: { coding: [code], text: error.message }, diagnostics: error.message },
    ]);
  }
  return outcome(
    needs.map((need) => ({
      severity: 'error',
      code: issue,
      details: {
        coding: [code, ...(need.codes ?? []).map(codingOf)],
        text: need.column === undefined ? need.key : `${need.key}: ${need.column}`,
      },
      diagnostics: need.sentence,
    })),
  );
}

const outcome = (issue: OperationOutcomeIssue[]): OperationOutcome => ({ resourceType: 'OperationOutcome', issue });

function codingOf({ system, code, display }: CodeReference) {
  return { system, code, ...(display === undefined ? {} : { display }) };
}
