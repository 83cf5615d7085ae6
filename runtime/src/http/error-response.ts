import { type CatalogEntry, DeepHealthError, ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';
import type { HttpResponse } from './route.js';

/** Name of the header that carries the error code without its DH_ prefix. */
export const REASON_HEADER = 'x-deephealth-reason';

const STATUS: Readonly<Record<CatalogEntry['grpc'], number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  // Not in any RFC; what proxies log for a client that went away.
  CANCELLED: 499,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** Codes for which HTTP has a status of its own. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  DH_MESSAGE_TOO_LARGE: 413,
  DH_MEDIA_TYPE_UNSUPPORTED: 415,
  // 429 asks to come back later; these runs would only fail again.
  DH_MODEL_RUN_TIMEOUT: 500,
  DH_MODEL_MEMORY_EXCEEDED: 500,
};

/**
 * The one way from an error to an HTTP answer: `{"error": text}` as the Open Inference Protocol
 * says, the code in {@link REASON_HEADER}, and Retry-After in whole seconds where the error has a
 * hint. Anything that is not a DeepHealthError leaves as DH_INTERNAL with a fixed text. `status`
 * replaces the status of the catalogue for what only HTTP knows, such as an unknown path.
 */
export function errorResponse(thrown: unknown, status?: number): HttpResponse {
  const error = DeepHealthError.from(thrown);
  const retryAfter = error.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(error.retryAfterMs / 1000));
  return {
    status: status ?? STATUS_OF_CODE[error.code] ?? STATUS[ERROR_CATALOG[error.code].grpc],
    contentType: 'application/json',
    body: [Buffer.from(JSON.stringify({ error: error.message }))],
    headers: {
      [REASON_HEADER]: error.reason,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
  };
}
