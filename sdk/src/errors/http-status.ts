import { type CatalogEntry, ERROR_CATALOG, type ErrorCode } from './catalog.js';

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

/** The HTTP status of an error, for faces that speak of the catalogue's own statuses. */
export function httpStatusOf(code: ErrorCode): number {
  return STATUS_OF_CODE[code] ?? STATUS[ERROR_CATALOG[code].grpc];
}
