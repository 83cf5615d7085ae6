import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { EHR_CLIENT, RSA_CLIENT, TENANT } from './suite-clients.js';

interface Claims {
  readonly [name: string]: unknown;
}

/** What a token is made for. */
export interface TokenFor {
  /** URL of the endpoint that is called. */
  readonly url: string;
  /** Base URL of the services. */
  readonly baseUrl: string;
  /** A key set that the adapter was not told of, where somebody else's key lies. */
  readonly foreignJku: string;
}

/** Somebody whom the adapter does not know. */
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' });
export const STRANGER_JWK = { ...stranger.publicKey.export({ format: 'jwk' }), kid: 'stranger', alg: 'ES384' };

const MINUTE_S = 60;
const now = () => Math.floor(Date.now() / 1000);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(header: Claims, payload: Claims, key: KeyObject = EHR_CLIENT.privateKey): string {
  const input = `${part(header)}.${part(payload)}`;
  const signature = sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const header = (over: Claims = {}) => ({ alg: 'ES384', kid: EHR_CLIENT.kid, typ: 'JWT', ...over });

function claims({ url }: TokenFor, over: Claims = {}): Claims {
  const times = { exp: now() + 5 * MINUTE_S, iat: now() };
  return { iss: EHR_CLIENT.iss, aud: url, ...times, jti: randomUUID(), tenant: TENANT, ...over };
}

function without(name: string) {
  return (made: TokenFor) => {
    const { [name]: _, ...rest } = claims(made);
    return signed(header(), rest);
  };
}

function withClaims(over: (made: TokenFor) => Claims) {
  return (made: TokenFor) => signed(header(), claims(made, over(made)));
}

/** Tokens that must be taken. */
export const GOOD_TOKENS: Readonly<Record<string, (made: TokenFor) => string>> = {
  sandbox: (made) => signed(header(), claims(made)),
  'more-claims': withClaims(() => ({ sub: 'nobody', 'org.example.more': { isMore: true } })),
  'audience-list': withClaims(({ url }) => ({ aud: ['https://somewhere.conformance.example', url] })),
  epic: (made) => {
    const { tenant: _, ...rest } = claims(made, { iss: RSA_CLIENT.iss, sub: randomUUID(), nbf: now() - 5 * MINUTE_S });
    return signed({ alg: RSA_CLIENT.algorithm, kid: RSA_CLIENT.kid, typ: 'JWT' }, rest, RSA_CLIENT.privateKey);
  },
};

/** Tokens that must be refused; undefined: none is sent. */
export const BAD_TOKENS: Readonly<Record<string, (made: TokenFor) => string | undefined>> = {
  none: () => undefined,
  garbage: () => 'not.a.token',
  unsigned: (made) => `${part(header({ alg: 'none' }))}.${part(claims(made))}.`,
  symmetric: (made) => {
    // The public key as a secret: everybody knows it.
    const input = `${part(header({ alg: 'HS384' }))}.${part(claims(made))}`;
    const mac = createHmac('sha384', JSON.stringify(EHR_CLIENT.jwk)).update(input).digest('base64url');
    return `${input}.${mac}`;
  },
  forged: (made) => signed(header(), claims(made), stranger.privateKey),
  tampered: (made) => {
    const [head, , signature] = signed(header(), claims(made, { sub: 'another' })).split('.');
    return `${head}.${part(claims(made))}.${signature}`;
  },
  'stripped-signature': (made) => signed(header(), claims(made)).replace(/[^.]+$/, ''),
  'unknown-key': (made) => signed(header({ kid: 'nobody' }), claims(made), stranger.privateKey),
  'foreign-key-set': (made) =>
    signed(header({ kid: 'stranger', jku: made.foreignJku }), claims(made), stranger.privateKey),
  'key-inside': (made) => signed(header({ kid: 'stranger', jwk: STRANGER_JWK }), claims(made), stranger.privateKey),
  'unknown-issuer': withClaims(() => ({ iss: 'https://stranger.conformance.example' })),
  "another-issuer's-key": withClaims(() => ({ iss: RSA_CLIENT.iss })),
  'audience-of-another-service': withClaims(({ baseUrl }) => ({ aud: `${baseUrl}/cds-services/conformance-sign` })),
  'audience-of-discovery': withClaims(({ baseUrl }) => ({ aud: `${baseUrl}/cds-services` })),
  'audience-of-another-server': withClaims(() => ({
    aud: 'https://other.conformance.example/cds-services/conformance-view',
  })),
  expired: withClaims(() => ({ iat: now() - 20 * MINUTE_S, exp: now() - 10 * MINUTE_S })),
  'issued-in-future': withClaims(() => ({ iat: now() + 30 * MINUTE_S, exp: now() + 35 * MINUTE_S })),
  'issued-long-ago': withClaims(() => ({ iat: now() - 24 * 60 * MINUTE_S, exp: now() + 5 * MINUTE_S })),
  'not-yet': withClaims(() => ({ nbf: now() + 30 * MINUTE_S })),
  'no-iss': without('iss'),
  'no-aud': without('aud'),
  'no-exp': without('exp'),
  'no-iat': without('iat'),
  'no-jti': without('jti'),
  'no-kid': (made) => signed({ alg: 'ES384', typ: 'JWT' }, claims(made)),
  'unknown-tenant': withClaims(() => ({ tenant: 'nobody-knows' })),
};
