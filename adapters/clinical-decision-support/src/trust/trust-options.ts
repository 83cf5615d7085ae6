import type { JSONWebKeySet } from 'jose';

/** Which clients may call: a list of them, or, on this machine alone, anyone. */
export type TrustOptions = ListedClientsOptions | OpenTrustOptions;

/** Anyone on this machine may call. To be asked for by its name, and refused once the service is reached from outside. */
export interface OpenTrustOptions {
  readonly mode: 'none';
}

export interface ListedClientsOptions {
  readonly clients: readonly ClientOptions[];
  /** How far clocks may differ, in seconds. Default 60. */
  readonly leewayS?: number;
  /** A token that was issued longer ago is refused even if it says that it holds longer. Default 300 seconds. */
  readonly maximumAgeS?: number;
  /** Longest time between issue and expiry that is accepted, in seconds: so long a token is remembered. Default 3600. */
  readonly maximumLifetimeS?: number;
  /** Lets `jku` be `http` on loopback. For tests only. Default false. */
  readonly allowInsecureForTests?: boolean;
}

/** Algorithms that a client may be allowed. `none` and those of a shared secret cannot be. */
export const CLIENT_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
] as const;

export type ClientAlgorithm = (typeof CLIENT_ALGORITHMS)[number];

/** A platform that calls as CDS client, as the hospital agreed with its vendor. */
export interface ClientOptions {
  /** `iss` of its tokens, letter for letter; unique among the clients. */
  readonly issuer: string;
  /**
   * `tenant` claims that are accepted. Default none: a token that names a tenant is then refused, because a
   * vendor of hosted records signs for all its customers with one key. "any" trusts all of them.
   */
  readonly tenants?: readonly string[] | 'any';
  /** Its public keys, handed over out of band. A `jku` in the token is then not looked at. */
  readonly jwks?: JSONWebKeySet;
  /** The same in a file, which is read again when a token names a key that it did not hold. */
  readonly jwksFile?: string;
  /** Addresses of its key set that are accepted as `jku`; https. The only one also serves tokens without `jku`. */
  readonly jku?: readonly string[];
  /** Default ES384 and RS384. */
  readonly algorithms?: readonly ClientAlgorithm[];
  /** `aud` accepted beside the address of the endpoint that is called; Epic's is typed in by the hospital. */
  readonly audiences?: readonly string[];
  /** SHA-256 fingerprints of its client certificates, in hexadecimal with or without colons. */
  readonly certificates?: readonly string[];
  /**
   * What it has to show. `token` (default): a signed token. `certificate`: one of its certificates, and a token
   * is not looked at. `certificate-and-token`: both.
   */
  readonly authentication?: 'token' | 'certificate' | 'certificate-and-token';
}
