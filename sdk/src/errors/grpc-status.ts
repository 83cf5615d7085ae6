import { decodeStatusDetails, encodeStatusDetails } from '@deephealth/proto';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ERROR_CATALOG, type ErrorCode, isErrorCode } from './catalog.js';
import { DeepHealthError } from './deephealth-error.js';

const DETAILS_KEY = 'grpc-status-details-bin';
const DOMAIN = 'deephealth';

/** What grpc-js sends for a failed call. */
export interface GrpcFailure {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * The one way from an error to a gRPC status. Anything that is not a {@link DeepHealthError} leaves
 * as DH_INTERNAL with a fixed text: grpc-js itself would send the message of a plain Error, paths
 * included, and the integer code of an AbortError as a status that does not exist.
 */
export function toGrpcFailure(thrown: unknown): GrpcFailure {
  const error = DeepHealthError.from(thrown);
  const code = status[ERROR_CATALOG[error.code].grpc];
  const metadata = new Metadata();
  metadata.set(
    DETAILS_KEY,
    encodeStatusDetails({
      code,
      message: error.message,
      errorInfo: {
        reason: error.reason,
        domain: DOMAIN,
        metadata: { ...error.details, source: error.source, retryable: String(error.retryable) },
      },
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    }),
  );
  return { code, details: error.message, metadata };
}

/** The way back, in a client: the server's own code if it is one of ours, else the nearest. */
export function fromGrpcError(error: ServiceError): DeepHealthError {
  const bytes = error.metadata?.get(DETAILS_KEY)[0];
  const details = bytes instanceof Buffer ? decodeStatusDetails(bytes) : undefined;
  if (details !== undefined && details.errorInfo.domain === DOMAIN) {
    const code = `DH_${details.errorInfo.reason}`;
    if (isErrorCode(code)) {
      return new DeepHealthError(code, error.details, {
        details: details.errorInfo.metadata,
        cause: error,
        ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
      });
    }
  }
  const nearest = isCutOff(error) ? 'DH_CONNECT_FAILED' : NEAREST[error.code];
  return new DeepHealthError(nearest ?? 'DH_RESPONSE_INVALID', describe(error), { cause: error });
}

/** A server that is stopped or killed may close a call without any status, which grpc-js (1.14) calls INTERNAL. */
function isCutOff({ code, details }: ServiceError): boolean {
  return code === status.INTERNAL && details === 'Received RST_STREAM with code 0 (Call ended without gRPC status)';
}

function describe(error: ServiceError): string {
  const name = status[error.code] ?? `status ${error.code}`;
  const text = error.details ? `${name}: ${error.details}` : name;
  // What the transport itself says on either side; a volume of CT reaches the default limit.
  if (error.code !== status.RESOURCE_EXHAUSTED || !text.includes('larger than max')) return text;
  return `${text}. Raise "maxMessageBytes" of the server (--max-message of deephealth serve, and of deephealth evaluate for a package folder) and of the client.`;
}

const NEAREST: Partial<Record<status, ErrorCode>> = {
  [status.CANCELLED]: 'DH_CANCELLED',
  [status.DEADLINE_EXCEEDED]: 'DH_DEADLINE_EXCEEDED',
  [status.UNAVAILABLE]: 'DH_CONNECT_FAILED',
  [status.RESOURCE_EXHAUSTED]: 'DH_MESSAGE_TOO_LARGE',
  [status.UNIMPLEMENTED]: 'DH_FEATURE_UNSUPPORTED',
  [status.INVALID_ARGUMENT]: 'DH_REQUEST_MALFORMED',
  [status.NOT_FOUND]: 'DH_MODEL_NOT_FOUND',
  [status.INTERNAL]: 'DH_INTERNAL',
};
