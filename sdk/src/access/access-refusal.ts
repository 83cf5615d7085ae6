import { DeepHealthError } from '../errors/deephealth-error.js';

/** Why nobody was recognised; for the log alone, since each word of it would help who guesses. */
export type RefusalReason =
  | 'nothing-presented'
  | 'header-malformed'
  | 'key-unknown'
  | 'key-expired'
  | 'token-malformed'
  | 'issuer-unknown'
  | 'algorithm-not-allowed'
  | 'key-set-unavailable'
  | 'signature-wrong'
  | 'audience-wrong'
  | 'token-expired'
  | 'token-not-yet-valid'
  | 'lifetime-too-long'
  | 'claims-malformed'
  | 'tenant-not-allowed'
  | 'token-used-before'
  | 'bound-to-another-certificate'
  | 'certificate-unknown';

/** One sentence for all of them: what is wrong with a secret is said to the operator, not to the caller. */
const SENTENCE =
  'The call needs a key, a token or a certificate that this server accepts. Send a key or token as "authorization: Bearer ...".';

/** The refusal of a caller that was not recognised. `details` of the cause hold the reason, which callers do not get. */
export function unauthenticated(reason: RefusalReason): DeepHealthError {
  return new DeepHealthError('DH_UNAUTHENTICATED', SENTENCE, { cause: new RefusedCaller(reason) });
}

/** The cause of DH_UNAUTHENTICATED, for the log and the audit. */
export class RefusedCaller extends Error {
  constructor(readonly reason: RefusalReason) {
    super(`caller refused: ${reason}`);
    this.name = 'RefusedCaller';
  }
}
