import { ERROR_CATALOG } from '../errors/catalog.js';
import { DeepHealthError } from '../errors/deephealth-error.js';

interface GrpcCause {
  readonly metadata?: { get(key: string): readonly unknown[] };
}

const DETAILS_KEY = 'grpc-status-details-bin';

/**
 * An error of the runtime, or of the way to it, as a platform may hear it: in the runtime's own words where it
 * kept to the contract, which demands that they give nothing away; else in those of the catalogue, since a text
 * may name where the runtime is, or what lies there. The original is its `cause`, for the operator's log.
 */
export function toldToPlatform(thrown: unknown): DeepHealthError {
  const error = DeepHealthError.from(thrown);
  const cause = error.cause as GrpcCause | null | undefined;
  if ((cause?.metadata?.get(DETAILS_KEY).length ?? 0) > 0) return error;
  const { code, details, retryAfterMs } = error;
  return new DeepHealthError(code, ERROR_CATALOG[code].docs, {
    details,
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
