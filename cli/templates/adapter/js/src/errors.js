import { DeepHealthError } from '@deephealth/sdk';

/** Anything thrown, for the platform. Of what is no DeepHealthError nothing but its being internal is said. */
export function toPlatformError(thrown) {
  const { reason, message, retryable } = DeepHealthError.from(thrown);
  return { reason, message, retryable };
}

export function malformed(field, expected) {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `"${field}" must be ${expected}.`, {
    details: { field, expected },
  });
}
