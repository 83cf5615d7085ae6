/** A key as RFC 7517 writes it. Node's declarations have theirs in one place or in another, by their version. */
export interface JsonWebKey {
  [member: string]: unknown;
  kty?: string;
  crv?: string;
  n?: string;
  e?: string;
  x?: string;
  y?: string;
  d?: string;
  k?: string;
}
