import { DeepHealthError } from '@deephealth/sdk';
import type { Log } from '../log.js';

/** Faults of this software are logged in full; refusals are the caller's to know. */
export function logFailure(log: Log, thrown: unknown): void {
  const error = DeepHealthError.from(thrown);
  if (error.code === 'DH_INTERNAL') {
    const cause = error.cause instanceof Error ? error.cause : undefined;
    log('error', 'request.internal-error', { message: cause?.message, stack: cause?.stack });
  } else {
    log('debug', 'request.refused', { code: error.code });
  }
}
