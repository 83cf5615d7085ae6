import type { ErrorAnswer } from '../../src/api.js';

/** What the app itself finds wrong with a request, beside the codes of the catalogue. */
export const NO_ANSWER = 'NO_ANSWER';
export const ANSWER_UNREADABLE = 'ANSWER_UNREADABLE';

/** A request that did not succeed. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** The HTTP status; 0 if nothing answered. */
    readonly status: number,
    readonly isRetryable: boolean,
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The error of an answer that is one, whatever its body holds. */
export function toApiError(status: number, body: string): ApiError {
  try {
    const { error } = JSON.parse(body) as Partial<ErrorAnswer>;
    if (typeof error?.code === 'string' && typeof error.message === 'string')
      return new ApiError(error.code, error.message, status, error.retryable === true, error.details ?? {});
  } catch {
    // A proxy in between answers with pages of its own.
  }
  return new ApiError(`HTTP_${status}`, '', status, status === 429 || status >= 500);
}
