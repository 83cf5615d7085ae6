import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenIssuerOptions } from './access-options.js';
import { TokenIssuer } from './token-issuer.js';

const ISSUER = 'https://identity.example';
let folder: string;
let jwksFile: string;
let own: CryptoKey;
let foreign: CryptoKey;
let symmetric: Uint8Array;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'issuer-'));
  jwksFile = join(folder, 'jwks.json');
  const pair = await generateKeyPair('ES256');
  own = pair.privateKey;
  foreign = (await generateKeyPair('ES256')).privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  writeFileSync(jwksFile, JSON.stringify({ keys: [jwk] }));
  // The public key as the secret of HMAC: what a verifier that takes every algorithm falls for.
  symmetric = Buffer.from(JSON.stringify(jwk));
});
afterAll(() => rmSync(folder, { recursive: true }));

const now = () => Math.floor(Date.now() / 1000);
const open = (options: Partial<TokenIssuerOptions> = {}) =>
  TokenIssuer.open(
    { issuer: ISSUER, audience: 'deephealth', jwksFile, ...options },
    'access.tokens[0]',
    () => undefined,
  );

interface Made {
  readonly claims?: Record<string, unknown>;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly key?: CryptoKey | Uint8Array;
}

function make({ claims = {}, header = {}, key = own }: Made = {}): Promise<string> {
  const payload = {
    ...{ iss: ISSUER, aud: 'deephealth', sub: 'dr-a', iat: now(), exp: now() + 600, roles: ['clinician'], ...claims },
  };
  const stated = JSON.parse(JSON.stringify(payload)) as Record<string, unknown>;
  return new SignJWT(stated).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
}

describe('a token', () => {
  it('says who calls, its roles, tenant and models, and when that ends', async () => {
    const token = await make({ claims: { tenant: 'ward-a', models: ['heart-*'], roles: ['clinician', 'unknown'] } });
    const { caller, expiresAtMs } = await (await open()).prove(token);
    expect(caller).toEqual({
      ...{ subject: 'dr-a', roles: ['clinician'], tenant: 'ward-a', authentication: 'token', models: ['heart-*'] },
    });
    expect(Math.abs(expiresAtMs - (now() + 630) * 1000)).toBeLessThan(3000);
  });

  it('has roles by the names of its issuer, and claims where the configuration says', async () => {
    const issuer = await open({
      rolesClaim: 'realm.roles',
      roles: { cardio: ['clinician', 'service'] },
      tenantClaim: 'org',
    });
    const { caller } = await issuer.prove(await make({ claims: { realm: { roles: ['cardio', 'admin'] }, org: 'b' } }));
    expect([caller.roles, caller.tenant]).toEqual([['clinician', 'service'], 'b']);
    const { caller: spaced } = await (await open({ rolesClaim: 'scope' })).prove(
      await make({ claims: { scope: 'auditor openid' } }),
    );
    expect(spaced.roles).toEqual(['auditor']);
  });

  it.each<[string, () => Made, Partial<TokenIssuerOptions>]>([
    ['signature-wrong', () => ({ key: foreign }), {}],
    ['algorithm-not-allowed', () => ({ header: { alg: 'HS256' }, key: symmetric }), {}],
    ['algorithm-not-allowed', () => ({}), { algorithms: ['PS256'] }],
    ['key-unknown', () => ({ header: { kid: 'two' } }), {}],
    ['audience-wrong', () => ({ claims: { aud: 'pharmacy' } }), {}],
    ['audience-wrong', () => ({ claims: { aud: undefined } }), {}],
    ['claims-malformed', () => ({ claims: { iss: 'https://elsewhere.example' } }), {}],
    ['token-expired', () => ({ claims: { iat: now() - 700, exp: now() - 60 } }), {}],
    ['token-not-yet-valid', () => ({ claims: { nbf: now() + 300 } }), {}],
    ['lifetime-too-long', () => ({ claims: { exp: now() + 90_000 } }), {}],
    ['lifetime-too-long', () => ({}), { maximumLifetimeS: 60 }],
    // Good for its lifetime from today until a year from now.
    ['token-not-yet-valid', () => ({ claims: { iat: now() + 31_536_000, exp: now() + 31_536_600 } }), {}],
    ['claims-malformed', () => ({ claims: { exp: undefined } }), {}],
    ['claims-malformed', () => ({ claims: { iat: undefined } }), {}],
    ['claims-malformed', () => ({ claims: { sub: undefined } }), {}],
    ['claims-malformed', () => ({ claims: { sub: 'with space' } }), {}],
    ['claims-malformed', () => ({ claims: { tenant: '../a' } }), {}],
    ['claims-malformed', () => ({ claims: { models: 'all' } }), {}],
    ['claims-malformed', () => ({}), { singleUse: true }],
    ['token-malformed', () => ({ header: { typ: 'logout+jwt' } }), {}],
    ['tenant-not-allowed', () => ({ claims: { tenant: 'ward-b' } }), { tenants: ['ward-a'] }],
    ['tenant-not-allowed', () => ({}), { tenants: ['ward-a'] }],
    ['bound-to-another-certificate', () => ({ claims: { cnf: { jkt: 'x' } } }), {}],
  ])('%s: is refused (%#)', async (reason, made, options) => {
    const issuer = await open(options);
    await expect(issuer.prove(await make(made()))).rejects.toMatchObject({ name: 'RefusedCaller', reason });
  });

  it('without a signature is refused', async () => {
    const [, payload] = (await make()).split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    await expect((await open()).prove(unsigned)).rejects.toMatchObject({ name: 'RefusedCaller' });
  });
});

describe('an issuer', () => {
  it.each<[Partial<TokenIssuerOptions>, string]>([
    [{ issuer: '' }, 'issuer'],
    [{ audience: [] }, 'audience'],
    [{ jwksUrl: 'https://identity.example/jwks' }, 'access.tokens[0]'],
    [{ algorithms: ['HS256' as never] }, 'algorithms'],
    [{ roles: { a: ['root' as never] } }, 'roles'],
    [{ jwksFile: '/nowhere' }, 'jwksFile'],
  ])('is refused with %j', async (options, field) => {
    await expect(open(options)).rejects.toMatchObject({
      code: 'DH_CONFIG_INVALID',
      message: expect.stringContaining(field),
    });
  });
});
