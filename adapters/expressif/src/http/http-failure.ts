import { type CatalogEntry, DeepHealthError, ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';

const STATUS: Readonly<Record<CatalogEntry['grpc'], number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 422,
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
  DH_QUEUE_FULL: 503,
};

/** An error as whoever asked over HTTP sees it. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: { readonly code: string; readonly message: string; readonly details: object } };
}

/**
 * The one way from an error to an HTTP answer of the rule server. What is no DeepHealthError leaves as DH_INTERNAL
 * with a fixed text.
 *
 * @param status in the place of the catalogue's, for what only HTTP knows
 */
export function httpFailure(thrown: unknown, status?: number): HttpFailure {
  const error = DeepHealthError.from(thrown);
  const { code, message, details, retryAfterMs } = error;
  const found = status ?? STATUS_OF_CODE[code] ?? STATUS[ERROR_CATALOG[code].grpc];
  return {
    status: found,
    headers: {
      ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
      ...(found === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: { error: { code, message, details } },
  };
}
