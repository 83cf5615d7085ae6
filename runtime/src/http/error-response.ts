import { DeepHealthError, failureHeaders, httpStatusOf } from '@deephealth/sdk';
import type { FailureForm, HttpResponse } from './route.js';

/** Name of the header that carries the error code without its DH_ prefix. */
export const REASON_HEADER = 'x-deephealth-reason';

/**
 * The one way from an error to an HTTP answer: `{"error": text}` as the Open Inference Protocol
 * says, the code in {@link REASON_HEADER}, and Retry-After in whole seconds where the error has a
 * hint. Anything that is not a DeepHealthError leaves as DH_INTERNAL with a fixed text. `status`
 * replaces the status of the catalogue for what only HTTP knows, such as an unknown path. The form `object` says
 * in the body what programs would else gather from headers and the catalogue.
 */
export function errorResponse(thrown: unknown, status?: number, form: FailureForm = 'text'): HttpResponse {
  const error = DeepHealthError.from(thrown);
  const answered = status ?? httpStatusOf(error.code);
  return {
    status: answered,
    contentType: 'application/json',
    body: [Buffer.from(JSON.stringify({ error: form === 'text' ? error.message : toObject(error) }))],
    headers: { [REASON_HEADER]: error.reason, ...failureHeaders(error, answered) },
  };
}

function toObject({ code, message, details, retryable }: DeepHealthError) {
  return { code, message, details, retryable };
}
