import { createHmac, randomUUID } from 'node:crypto';
import { seededRandom } from '@deephealth/sdk';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { EHR, ehr, other, reasonOf, stranger, useHospitalTrust, verify } from '../../test/hospital-trust.js';
import { base64url, bearer, createSigningClient, NOW_S, SERVICE_URL } from '../../test/signing-client.js';
import type { RefusalReason } from './client-refusal.js';

useHospitalTrust();

/** Each with the reason that the operator reads. */
const BAD_TOKENS: readonly (readonly [
  string,
  RefusalReason,
  () => Promise<string | undefined> | string | undefined,
])[] = [
  ['no header at all', 'token-missing', () => undefined],
  ['an empty header', 'token-malformed', () => ''],
  ['another scheme', 'token-malformed', async () => `Basic ${base64url('user:password')}`],
  ['a token without its scheme', 'token-malformed', () => ehr.token()],
  ['an opaque token', 'token-malformed', () => 'Bearer 2YotnFZFEjr1zCsicMWpAA'],
  [
    'two tokens in one header',
    'token-malformed',
    async () => `${bearer(await ehr.token())}, ${bearer(await ehr.token())}`,
  ],
  ['five parts, as encrypted tokens have', 'token-malformed', async () => `${bearer(await ehr.token())}.AAAA.AAAA`],
  ['a header that is no JSON', 'token-malformed', async () => bearer(await withPart(0, base64url('{alg')))],
  ['claims that are a list', 'token-malformed', async () => bearer(await withPart(1, base64url([])))],
  ['a header of 9 kB', 'token-too-long', async () => bearer(await ehr.token({ claims: { note: 'x'.repeat(9_000) } }))],
  ['algorithm none and no signature', 'algorithm-not-allowed', () => bearer(unsigned('none'))],
  ['algorithm None in another letter case', 'algorithm-not-allowed', () => bearer(unsigned('nOnE'))],
  ['HS384 keyed with the public key in PEM', 'algorithm-not-allowed', keyedWithPublicKey],
  ['HS256 keyed with the public key as JSON', 'algorithm-not-allowed', keyedWithPublicJwk],
  ['an algorithm that this client is not allowed', 'algorithm-not-allowed', signedWithEs256],
  ['the algorithm of another kind of key', 'key-unknown', async () => bearer(await withHeader({ alg: 'RS384' }))],
  ['no type', 'type-wrong', async () => bearer(await ehr.token({ header: { typ: undefined } }))],
  ['the type of an access token', 'type-wrong', async () => bearer(await ehr.token({ header: { typ: 'at+jwt' } }))],
  ['no key id', 'key-id-missing', async () => bearer(await ehr.token({ header: { kid: undefined } }))],
  ['an empty key id', 'key-id-missing', async () => bearer(await ehr.token({ header: { kid: '' } }))],
  ['a key id that is a number', 'key-id-missing', async () => bearer(await ehr.token({ header: { kid: 7 } }))],
  ['an unknown key id', 'key-unknown', async () => bearer(await ehr.token({ header: { kid: 'ehr-2025' } }))],
  ['the key of a stranger under the known id', 'signature-wrong', async () => bearer(await stranger.token())],
  [
    'the key of another listed client',
    'signature-wrong',
    async () => bearer(await other.token({ claims: { iss: EHR } })),
  ],
  ['a key that it brings along itself', 'signature-wrong', withKeyInHeader],
  ['a claim changed after signing', 'signature-wrong', async () => bearer(await withClaims({ exp: NOW_S + 301 }))],
  ['the type changed after signing', 'signature-wrong', async () => bearer(await withHeader({ typ: 'jwt' }))],
  ['a signature that lacks its end', 'signature-wrong', async () => bearer((await ehr.token()).slice(0, -8))],
  [
    'a signature in the form of OpenSSL (DER)',
    'signature-wrong',
    async () => bearer(await withPart(2, base64url('0d\x020abc'))),
  ],
  [
    'a critical header that nobody knows',
    'token-malformed',
    async () => bearer(await withHeader({ crit: ['own'], own: 1 })),
  ],
  [
    'an unencoded payload',
    'token-malformed',
    () => signRaw({ crit: ['b64'], b64: false }, JSON.stringify(goodClaims())),
  ],
  ['no issuer', 'issuer-unknown', async () => bearer(await ehr.token({ claims: { iss: undefined } }))],
  [
    'an unknown issuer',
    'issuer-unknown',
    async () => bearer(await ehr.token({ claims: { iss: 'https://evil.example' } })),
  ],
  [
    'the issuer with a slash more',
    'issuer-unknown',
    async () => bearer(await ehr.token({ claims: { iss: `${EHR}/` } })),
  ],
  ['the issuer in a list', 'issuer-unknown', async () => bearer(await ehr.token({ claims: { iss: [EHR] } }))],
  ['no audience', 'claims-malformed', async () => bearer(await ehr.token({ claims: { aud: undefined } }))],
  ['the audience of another service', 'audience-wrong', () => withAudience('https://cds.example/cds-services/other')],
  ['the audience of discovery', 'audience-wrong', () => withAudience('https://cds.example/cds-services')],
  ['the audience of feedback', 'audience-wrong', () => withAudience(`${SERVICE_URL}/feedback`)],
  ['the audience with a slash more', 'audience-wrong', () => withAudience(`${SERVICE_URL}/`)],
  ['the audience by http', 'audience-wrong', () => withAudience(SERVICE_URL.replace('https', 'http'))],
  ['the audience that another client may use', 'audience-wrong', () => withAudience('https://cds.example/')],
  ['no expiry', 'claims-malformed', async () => bearer(await ehr.token({ claims: { exp: undefined } }))],
  [
    'an expiry that is a text',
    'claims-malformed',
    async () => bearer(await ehr.token({ claims: { exp: `${NOW_S}` } })),
  ],
  [
    'an expiry that is past',
    'expired',
    async () => bearer(await ehr.token({ claims: { exp: NOW_S - 60, iat: NOW_S - 200 } })),
  ],
  ['no time of issue', 'claims-malformed', async () => bearer(await ehr.token({ claims: { iat: undefined } }))],
  [
    'an issue in the future',
    'issued-in-the-future',
    async () => bearer(await ehr.token({ claims: { iat: NOW_S + 61 } })),
  ],
  ['an issue long ago', 'issued-too-long-ago', async () => bearer(await ehr.token({ claims: { iat: NOW_S - 361 } }))],
  [
    'a time before which it does not hold',
    'not-yet-valid',
    async () => bearer(await ehr.token({ claims: { nbf: NOW_S + 61 } })),
  ],
  ['a life of a day', 'lifetime-too-long', async () => bearer(await ehr.token({ claims: { exp: NOW_S + 86_400 } }))],
  ['an expiry without end', 'lifetime-too-long', withEndlessLife],
  ['no token id', 'claims-malformed', async () => bearer(await ehr.token({ claims: { jti: undefined } }))],
  ['an empty token id', 'claims-malformed', async () => bearer(await ehr.token({ claims: { jti: '' } }))],
  ['a token id that is a number', 'claims-malformed', async () => bearer(await ehr.token({ claims: { jti: 1 } }))],
  [
    'a token id of 600 characters',
    'claims-malformed',
    async () => bearer(await ehr.token({ claims: { jti: 'j'.repeat(600) } })),
  ],
  [
    'a tenant where none was agreed',
    'tenant-not-allowed',
    async () => bearer(await ehr.token({ claims: { tenant: 'ward-a' } })),
  ],
  [
    'a tenant that is not listed',
    'tenant-not-allowed',
    async () => bearer(await other.token({ claims: { tenant: 'ward-c' } })),
  ],
  ['no tenant where one was agreed', 'tenant-not-allowed', async () => bearer(await other.token())],
  [
    'a tenant that is a list',
    'claims-malformed',
    async () => bearer(await other.token({ claims: { tenant: ['ward-a'] } })),
  ],
  ['a jku that is no text', 'key-set-not-allowed', async () => bearer(await ehr.token({ header: { jku: 5 } }))],
];

describe('a bad token', () => {
  it('is listed below in at least 25 kinds', () => {
    expect(BAD_TOKENS.length).toBeGreaterThanOrEqual(25);
  });

  it.each(BAD_TOKENS)('with %s is refused as %s', async (_name, reason, authorization) => {
    expect(await reasonOf(verify(await authorization()))).toBe(reason);
  });

  it('is every token with one letter exchanged', async () => {
    const token = await ehr.token();
    const random = seededRandom(7);
    for (let round = 0; round < 300; round++) {
      const at = Math.floor(random() * token.length);
      const letter = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'[Math.floor(random() * 65)];
      if (token[at] === letter) continue;
      const changed = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`;
      expect(await reasonOf(verify(bearer(changed))), `letter ${at}`).toBeDefined();
    }
    expect(await verify(bearer(token))).toMatchObject({ issuer: EHR });
  });

  it('does not use up the id of the good one', async () => {
    const token = await ehr.token();
    expect(await reasonOf(verify(bearer(token), `${SERVICE_URL}/feedback`))).toBe('audience-wrong');
    expect(await reasonOf(verify(bearer(token.slice(0, -8))))).toBe('signature-wrong');
    expect(await verify(bearer(token))).toMatchObject({ issuer: EHR });
  });
});

const withAudience = async (aud: string) => bearer(await ehr.token({ claims: { aud } }));

/** A good token with one part exchanged. */
async function withPart(index: number, part: string): Promise<string> {
  const parts = (await ehr.token()).split('.');
  parts[index] = part;
  return parts.join('.');
}

async function withHeader(members: Readonly<Record<string, unknown>>): Promise<string> {
  return withPart(0, base64url({ alg: 'ES384', kid: 'ehr-2026', typ: 'JWT', ...members }));
}

async function withClaims(members: Readonly<Record<string, unknown>>): Promise<string> {
  return withPart(1, base64url({ ...goodClaims(), ...members }));
}

function goodClaims() {
  return { iss: EHR, aud: SERVICE_URL, exp: NOW_S + 300, iat: NOW_S, jti: randomUUID() };
}

function unsigned(alg: string): string {
  return `${base64url({ alg, kid: 'ehr-2026', typ: 'JWT' })}.${base64url(goodClaims())}.`;
}

function keyed(alg: string, hash: string, secret: string): string {
  const signed = `${base64url({ alg, kid: 'ehr-2026', typ: 'JWT' })}.${base64url(goodClaims())}`;
  return bearer(`${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`);
}

async function keyedWithPublicKey(): Promise<string> {
  const key = await importJWK(ehr.keySet.keys[0] ?? {}, 'ES384', { extractable: true });
  return keyed('HS384', 'sha384', await exportSPKI(key as CryptoKey));
}

async function keyedWithPublicJwk(): Promise<string> {
  return keyed('HS256', 'sha256', JSON.stringify(ehr.keySet.keys[0]));
}

async function signedWithEs256(): Promise<string> {
  const small = await createSigningClient(EHR, 'ES256', 'ehr-2026');
  return bearer(await small.token());
}

async function withKeyInHeader(): Promise<string> {
  const header = { jwk: stranger.keySet.keys[0], alg: 'ES384', kid: 'ehr-2026', typ: 'JWT' };
  return bearer(await new SignJWT(goodClaims()).setProtectedHeader(header as never).sign(stranger.privateKey));
}

/** 1e400 is a number in JSON and infinite once it is read. */
function withEndlessLife(): Promise<string> {
  return signRaw({}, JSON.stringify(goodClaims()).replace(/"exp":\d+/, '"exp":1e400'));
}

/** For what the library would not sign. */
async function signRaw(header: Readonly<Record<string, unknown>>, claims: string): Promise<string> {
  const signed = `${base64url({ alg: 'ES384', kid: 'ehr-2026', typ: 'JWT', ...header })}.${base64url(claims)}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-384' }, ehr.privateKey, Buffer.from(signed));
  return bearer(`${signed}.${Buffer.from(signature).toString('base64url')}`);
}
