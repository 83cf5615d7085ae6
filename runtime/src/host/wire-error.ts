import { DeepHealthError } from '@deephealth/sdk';
import type { WireError } from './host-messages.js';

/** An error of the host as plain data; the text of a foreign error travels apart, for the log only. */
export function toWireError(thrown: unknown): WireError {
  const error = DeepHealthError.from(thrown);
  const { cause } = error;
  return {
    code: error.code,
    message: error.message,
    details: error.details,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(cause instanceof Error ? { internal: `${cause.name}: ${cause.message}` } : {}),
  };
}

export function fromWireError(error: WireError): DeepHealthError {
  return new DeepHealthError(error.code, error.message, {
    details: error.details,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.internal === undefined ? {} : { cause: new Error(error.internal) }),
  });
}
