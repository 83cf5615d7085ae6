import { STATUS_CODES } from 'node:http';
import { DeepHealthError, type ErrorCode, failureHeaders, httpStatusOf } from '@deephealth/sdk';
import { OGC_EXCEPTION } from '../ogc/standard-names.js';

/** How a face words its errors: WES as `msg` and `status_code`, OGC as a problem of RFC 7807. */
export type FaceStyle = 'wes' | 'ogc' | 'plain';

/** An error as whoever asked over HTTP sees it. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FailureOptions {
  /** In the place of the catalogue's, for what only HTTP knows. */
  readonly status?: number;
  /** Type of the standard, in the place of the one that the code has. */
  readonly type?: string;
}

/** Codes for which OGC has a type of its own. */
const OGC_TYPES: Partial<Record<ErrorCode, string>> = {
  DH_WORKFLOW_UNSUPPORTED: OGC_EXCEPTION.noSuchProcess,
  DH_RUN_NOT_FOUND: OGC_EXCEPTION.noSuchJob,
  DH_RUN_NOT_COMPLETE: OGC_EXCEPTION.resultNotReady,
};

/** Statuses that OGC asks for, where they are others than the catalogue's. */
const OGC_STATUSES: Partial<Record<ErrorCode, number>> = { DH_WORKFLOW_UNSUPPORTED: 404, DH_RUN_NOT_COMPLETE: 404 };

/**
 * The one way from an error to an HTTP answer of the chain server. What is no DeepHealthError leaves as DH_INTERNAL
 * with a fixed text.
 */
export function httpFailure(thrown: unknown, style: FaceStyle, options: FailureOptions = {}): HttpFailure {
  const error = DeepHealthError.from(thrown);
  const { code, message, details } = error;
  const status = options.status ?? (style === 'ogc' ? OGC_STATUSES[code] : undefined) ?? httpStatusOf(code);
  const headers = failureHeaders(error, status);
  if (style === 'wes') {
    return {
      status,
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body: { msg: message, status_code: status, code, details },
    };
  }
  if (style === 'ogc') {
    const type = options.type ?? OGC_TYPES[code] ?? 'about:blank';
    return {
      status,
      headers: { ...headers, 'content-type': 'application/problem+json' },
      body: { type, title: STATUS_CODES[status] ?? 'Error', status, detail: message, code, details },
    };
  }
  return { status, headers, body: { error: { code, message, details } } };
}

/** An error that a face answers in a way of its own. */
export class FaceFailure extends Error {
  constructor(
    readonly thrown: DeepHealthError,
    readonly options: FailureOptions,
  ) {
    super(thrown.message, { cause: thrown });
    this.name = 'FaceFailure';
  }
}
