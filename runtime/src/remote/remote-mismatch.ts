import { DeepHealthError } from '@deephealth/sdk';

/** What the manifest says, what the other server says, in the order in which people ask for it. */
export interface MismatchDetails {
  readonly tensor?: string;
  readonly field?: string;
  readonly expected?: string;
  readonly received?: string;
}

/** DH_REMOTE_MISMATCH. `sentence` holds text of the other server only through `shorten`. */
export function remoteMismatch(sentence: string, details: MismatchDetails = {}, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_REMOTE_MISMATCH', sentence, {
    details: { ...details },
    ...(cause === undefined ? {} : { cause }),
  });
}
