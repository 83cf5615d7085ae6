import { DeepHealthError } from '@deephealth/sdk';

/** An error as this adapter writes it, under `error`. */
export interface PlatformError {
  readonly code: string;
  /** Reason of the contract, such as `INPUT_MISSING`: the name stays what it was. */
  readonly reason: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
  readonly retryable: boolean;
}

/** Anything thrown, for the platform. Of what is no DeepHealthError nothing but its being internal is said. */
export function toPlatformError(thrown: unknown): PlatformError {
  const { code, reason, message, details, retryable } = DeepHealthError.from(thrown);
  return { code, reason, message, details, retryable };
}

export function malformed(field: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `"${field}" must be ${expected}.`, {
    details: { field, expected },
  });
}
