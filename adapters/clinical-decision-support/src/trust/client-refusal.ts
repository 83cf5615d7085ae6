import { DeepHealthError } from '@deephealth/sdk';

/** Why a client was not accepted: words for the operator's log, one for each cause that has its own remedy. */
export type RefusalReason =
  | 'token-missing'
  | 'token-malformed'
  | 'token-too-long'
  | 'issuer-unknown'
  | 'algorithm-not-allowed'
  | 'type-wrong'
  | 'key-id-missing'
  | 'key-set-not-allowed'
  | 'key-set-unavailable'
  | 'key-unknown'
  | 'signature-wrong'
  | 'claims-malformed'
  | 'audience-wrong'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-the-future'
  | 'issued-too-long-ago'
  | 'lifetime-too-long'
  | 'tenant-not-allowed'
  | 'replayed'
  | 'certificate-missing'
  | 'certificate-unknown'
  | 'certificate-out-of-date'
  | 'not-from-this-machine';

/**
 * The cause of a DH_CDS_UNAUTHENTICATED. It holds a word of a closed set and the issuer as the configuration
 * writes it, and nothing that the caller sent: an error of the library that reads tokens carries the whole
 * payload, and must not reach a log.
 */
export class ClientRefusal extends Error {
  readonly reason: RefusalReason;
  /** Set once the token named a client of the configuration, which then may not be the one that sent it. */
  readonly issuer: string | undefined;

  constructor(reason: RefusalReason, issuer?: string) {
    super(`The client was refused: ${reason}.`);
    this.name = 'ClientRefusal';
    this.reason = reason;
    this.issuer = issuer;
  }
}

/**
 * The one error that a refused client gets, always with the same text: the answer to a forged token does not
 * teach how to forge a better one (CDS Hooks, best practices). The operator reads {@link refusalOf}.
 */
export function unauthenticated(refusal: ClientRefusal): DeepHealthError {
  return new DeepHealthError('DH_CDS_UNAUTHENTICATED', 'The client was not accepted.', { cause: refusal });
}

/** What to write into the operator's log about a refused client; undefined for other errors. */
export function refusalOf(error: unknown): { readonly reason: RefusalReason; readonly issuer?: string } | undefined {
  const cause = error instanceof DeepHealthError ? error.cause : error;
  if (!(cause instanceof ClientRefusal)) return undefined;
  return { reason: cause.reason, ...(cause.issuer === undefined ? {} : { issuer: cause.issuer }) };
}
