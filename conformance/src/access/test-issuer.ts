import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import type { JsonWebKey } from '../json-web-key.js';

/** An issuer of tokens that the target trusts and whose key the suite holds: with it, the suite makes every token itself. */
export interface TestIssuer {
  /** Private key, with `alg` and, if the target looks for it, `kid`. */
  readonly key: SigningKey;
  readonly issuer: string;
  readonly audience: string;
  /** Names of the claims. */
  readonly claims: { readonly roles: string; readonly tenant: string; readonly models: string };
  /** The target's names of roles. */
  readonly roles: {
    /** May do everything that the suite asks; several if no single one may. */
    readonly all: readonly string[];
    /** Asks models, and neither loads nor unloads them. */
    readonly predict: readonly string[];
    /** Sees which models there are, and asks none. */
    readonly read: readonly string[];
  };
  /** Two that the target knows. */
  readonly tenants: readonly [string, string];
  /** A token opens one call only, by its `jti`. */
  readonly singleUse: boolean;
  /** How long a token lives. */
  readonly lifetimeSeconds: number;
  /** How long after its end the target still takes a token, for clocks that differ. */
  readonly clockToleranceSeconds: number;
}

export interface SigningKey extends JsonWebKey {
  readonly alg: string;
  readonly kid?: string;
}

/** Claims beside those that every token has, or in place of them; undefined leaves one out. */
export type Claims = Readonly<Record<string, unknown>>;

const DIGESTS: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

export const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of JSON Web Signature in its compact form. Throws Error for a key that is none or an `alg` that does not fit. */
export function signToken(header: Claims, claims: Claims, key: SigningKey): string {
  const input = `${part({ alg: key.alg, typ: 'JWT', ...(key.kid !== undefined && { kid: key.kid }), ...header })}.${part(claims)}`;
  const privateKey = privateKeyOf(key);
  const digest = key.alg === 'EdDSA' || key.alg === 'Ed25519' ? null : (DIGESTS[key.alg.slice(2)] ?? 'sha256');
  const signature = sign(digest, Buffer.from(input), {
    key: privateKey,
    // That of JSON Web Signature, not of X.509 (RFC 7518, 3.4).
    ...(key.alg.startsWith('ES') && { dsaEncoding: 'ieee-p1363' as const }),
    ...(key.alg.startsWith('PS') && { padding: 6, saltLength: Number(key.alg.slice(2)) / 8 }),
  });
  return `${input}.${signature.toString('base64url')}`;
}

const PRIVATE_KEYS = new WeakMap<SigningKey, KeyObject>();

function privateKeyOf(key: SigningKey): KeyObject {
  const known = PRIVATE_KEYS.get(key) ?? createPrivateKey({ key, format: 'jwk' });
  PRIVATE_KEYS.set(key, known);
  return known;
}

/** Claims of a token that is right, as RFC 9068 names them. */
export function rightClaims(from: TestIssuer, more: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: from.issuer,
    aud: from.audience,
    sub: 'conformance-caller',
    iat: now,
    exp: now + from.lifetimeSeconds,
    jti: randomUUID(),
    [from.claims.roles]: from.roles.all,
    [from.claims.tenant]: from.tenants[0],
    ...more,
  };
}

export function rightToken(from: TestIssuer, more: Claims = {}): string {
  return signToken({}, rightClaims(from, more), from.key);
}

const now = () => Math.floor(Date.now() / 1000);
const withClaims = (more: (from: TestIssuer) => Claims) => (from: TestIssuer) => rightToken(from, more(from));
const unsigned = (alg: string) => (from: TestIssuer) => `${part({ alg, typ: 'JWT' })}.${part(rightClaims(from))}.`;
const withSecret = (secret: (key: SigningKey) => string) => (from: TestIssuer) => {
  const { kid } = from.key;
  const input = `${part({ alg: 'HS256', typ: 'JWT', ...(kid !== undefined && { kid }) })}.${part(rightClaims(from))}`;
  return `${input}.${createHmac('sha256', secret(from.key)).update(input).digest('base64url')}`;
};

/** A new key of P-256. */
export function makeSigningKey(kid?: string): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', ...(kid !== undefined && { kid }) };
}

/** The public half of a key, as everybody may know it. */
export function publicJwk(key: SigningKey): SigningKey {
  const { kid, alg } = key;
  const jwk = createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' });
  return { ...jwk, alg, ...(kid !== undefined && { kid }) };
}

/** @param strangers a key that the target has never seen */
const signedBy = (strangers: () => SigningKey, header: (key: SigningKey) => Claims) => (from: TestIssuer) => {
  const key = strangers();
  return signToken(header(key), rightClaims(from), {
    ...key,
    ...(from.key.kid !== undefined && { kid: from.key.kid }),
  });
};

/** Tokens that a target must not take, each wrong in one thing only. */
export const WRONG_TOKENS = {
  expired: withClaims(() => ({ iat: now() - 7200, nbf: now() - 7200, exp: now() - 3600 })),
  'not-yet-valid': withClaims(() => ({ nbf: now() + 3600, exp: now() + 7200 })),
  'of-a-strangers-key': signedBy(strangersKey, () => ({})),
  'with-its-own-key': signedBy(strangersKey, (key) => ({ jwk: publicJwk(key) })),
  unsigned: unsigned('none'),
  'unsigned-in-capitals': unsigned('NONE'),
  'without-its-signature': (from: TestIssuer) => rightToken(from).replace(/[^.]+$/, ''),
  'signed-with-the-public-key': withSecret((key) =>
    String(createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ type: 'spki', format: 'pem' })),
  ),
  'with-altered-claims': (from: TestIssuer) => {
    const [head, , signature] = rightToken(from).split('.');
    return `${head}.${part(rightClaims(from, { sub: 'another-caller' }))}.${signature}`;
  },
  'for-another-audience': withClaims(({ audience }) => ({ aud: `${audience}.elsewhere` })),
  'for-no-audience': withClaims(() => ({ aud: undefined })),
  'of-another-issuer': withClaims(({ issuer }) => ({ iss: `${issuer}.elsewhere` })),
  'without-an-end': withClaims(() => ({ exp: undefined })),
  'for-another-certificate': withClaims(() => ({
    cnf: { 'x5t#S256': createHash('sha256').update('a certificate that nobody has').digest('base64url') },
  })),
} as const satisfies Readonly<Record<string, (from: TestIssuer) => string>>;

/** Tokens of callers who may do something, and not everything. */
export const LIMITED_TOKENS = {
  predict: withClaims(({ claims, roles }) => ({ [claims.roles]: roles.predict })),
  read: withClaims(({ claims, roles }) => ({ [claims.roles]: roles.read })),
  'no-role': withClaims(({ claims }) => ({ [claims.roles]: undefined })),
  'unknown-role': withClaims(({ claims }) => ({ [claims.roles]: ['conformance-no-such-role'] })),
  'other-models': withClaims(({ claims }) => ({ [claims.models]: ['conformance-identity-*', 'conformance-tanh'] })),
  'models-alike': withClaims(({ claims }) => ({
    [claims.models]: ['conformance-mat', 'matmul', 'conformance-matmul-*'],
  })),
  'other-tenant': withClaims(({ claims, tenants }) => ({ [claims.tenant]: tenants[1] })),
} as const satisfies Readonly<Record<string, (from: TestIssuer) => string>>;

/** A key of P-256 that nobody else has; made once, since nothing depends on which it is. */
function strangersKey(): SigningKey {
  stranger ??= makeSigningKey();
  return stranger;
}
let stranger: SigningKey | undefined;
