import type { Role } from './caller.js';

/** How callers prove who they are. With none of the three, nobody can call. */
export interface AccessOptions {
  /** A file of keys; see {@link readKeyFile}. Read again when it changes. */
  readonly keysFile?: string;
  /** Issuers of JSON Web Tokens (RFC 7519) that are accepted, an OpenID provider for example. */
  readonly tokens?: readonly TokenIssuerOptions[];
  /** Callers that a client certificate is enough for. Needs TLS that asks for certificates. */
  readonly certificates?: readonly CertificateCallerOptions[];
  /** What tenants may use, by name. A tenant that is not listed may use every model that its callers may. */
  readonly tenants?: Readonly<Record<string, TenantRule>>;
}

export interface TenantRule {
  /** Names of models; `*` stands for any characters. */
  readonly models: readonly string[];
}

/** Algorithms of signatures that an issuer may use. `none` and those of a shared secret are never accepted. */
export const TOKEN_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Who issues tokens that are believed, and what they must say. */
export interface TokenIssuerOptions {
  /** `iss`, letter for letter. */
  readonly issuer: string;
  /** `aud` that this server answers to; one of several is enough. */
  readonly audience: string | readonly string[];
  /** The issuer's public keys as a JSON Web Key Set in a file, read again when it changes. */
  readonly jwksFile?: string;
  /** The same behind an address, https, or http on loopback. The one connection that the server opens by itself. */
  readonly jwksUrl?: string;
  /** Default ES256, ES384, PS256 and EdDSA. */
  readonly algorithms?: readonly TokenAlgorithm[];
  /** Claim with the caller's roles, a text or a list; dots lead into objects. Default "roles". */
  readonly rolesClaim?: string;
  /** Our roles by what the issuer calls them. Default: the issuer uses our names; others are ignored. */
  readonly roles?: Readonly<Record<string, readonly Role[]>>;
  /** Claim with the caller's tenant. Default "tenant". */
  readonly tenantClaim?: string;
  /** Tenants that this issuer may speak for. Default: any. */
  readonly tenants?: readonly string[];
  /** Claim with names of models that the caller may use, a list. Default "models". */
  readonly modelsClaim?: string;
  /** True: a token must have `jti` and is good for one call. Default false. */
  readonly singleUse?: boolean;
  /** Longest time between issue and expiry, in seconds. Default 86,400. */
  readonly maximumLifetimeS?: number;
  /** How far clocks may differ, in seconds. Default 30. */
  readonly leewayS?: number;
}

/** Callers who are known by their certificate. */
export interface CertificateCallerOptions {
  /** Stable name of the caller. */
  readonly id: string;
  /** SHA-256 fingerprint of its certificate, hexadecimal with or without colons. */
  readonly sha256?: string;
  /** Or its subject alternative name: "DNS:name", "URI:spiffe://…", "email:…". The authority vouches for it. */
  readonly subjectAltName?: string;
  readonly roles: readonly Role[];
  readonly tenant?: string;
  readonly models?: readonly string[];
}
