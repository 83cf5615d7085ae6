import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';

/** Time of all tokens of these tests. */
export const NOW = new Date('2026-11-29T12:00:00Z');
export const NOW_S = NOW.getTime() / 1000;

export const SERVICE_URL = 'https://cds.example/cds-services/heart-disease-risk';

export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A client that signs as platforms do, and wrongly where it is told to. */
export interface SigningClient {
  readonly keySet: JSONWebKeySet;
  readonly privateKey: CryptoKey;
  /** A value of undefined leaves that member out. */
  token(parts?: TokenParts): Promise<string>;
}

export async function createSigningClient(
  issuer: string,
  algorithm: string,
  keyId: string,
  always: TokenParts = {},
): Promise<SigningClient> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    keySet: { keys: [{ ...(await exportJWK(publicKey)), kid: keyId, use: 'sig', alg: algorithm }] },
    privateKey,
    token({ header, claims } = {}) {
      const payload = {
        iss: issuer,
        aud: SERVICE_URL,
        exp: NOW_S + 300,
        iat: NOW_S,
        jti: randomUUID(),
        ...always.claims,
        ...claims,
      };
      const protectedHeader = { alg: algorithm, kid: keyId, typ: 'JWT', ...always.header, ...header };
      return new SignJWT(present(payload))
        .setProtectedHeader(present(protectedHeader) as { alg: string })
        .sign(privateKey);
    },
  };
}

export function bearer(token: string): string {
  return `Bearer ${token}`;
}

export function base64url(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
