import type { Peer } from './peer.js';

/** Who called, for the record of the call. Nothing of it is secret. */
export interface TrustedClient {
  /** As the configuration writes it; "anyone" in the open mode. */
  readonly issuer: string;
  readonly by: 'token' | 'certificate' | 'certificate-and-token' | 'nothing';
  readonly tenant?: string;
  readonly keyId?: string;
}

/** Decides whether a call is one of a client that this service is meant for. */
export interface ClientTrust {
  /** True if nobody has to show anything: the service must then not be reached from outside this machine. */
  readonly isOpen: boolean;
  /**
   * The client behind a call of `endpointUrl`, which is the public address of discovery, service or feedback as
   * clients know it, never one made of the request's own headers.
   *
   * Throws DH_CDS_UNAUTHENTICATED with always the same text; `refusalOf` gives the operator the reason. Throws
   * DH_CDS_OVERLOADED or DH_INTERNAL if it cannot be recorded that the token was used.
   */
  verify(authorization: string | undefined, endpointUrl: string, now: Date, peer?: Peer): Promise<TrustedClient>;
  close(): Promise<void>;
}
