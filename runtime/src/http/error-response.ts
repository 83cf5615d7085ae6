import { DeepHealthError, httpStatusOf } from '@deephealth/sdk';
import type { HttpResponse } from './route.js';

/** Name of the header that carries the error code without its DH_ prefix. */
export const REASON_HEADER = 'x-deephealth-reason';

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
    status: status ?? httpStatusOf(error.code),
    contentType: 'application/json',
    body: [Buffer.from(JSON.stringify({ error: error.message }))],
    headers: {
      [REASON_HEADER]: error.reason,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
  };
}
