import { generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, type JWTVerifyOptions, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { ISSUER_DEFAULTS } from './read-access.js';
import {
  LIMITED_TOKENS,
  makeSigningKey,
  publicJwk,
  rightToken,
  type SigningKey,
  type TestIssuer,
  WRONG_TOKENS,
} from './test-issuer.js';

const issuer = (key: SigningKey): TestIssuer => ({
  ...ISSUER_DEFAULTS,
  ...{ key, issuer: 'https://issuer.example', audience: 'a-runtime' },
});
const own = issuer(makeSigningKey('one'));

/** What another implementation of the standard finds. */
function verify(token: string, { key, ...from }: TestIssuer, more: JWTVerifyOptions = {}) {
  const keys = createLocalJWKSet({ keys: [publicJwk(key) as never] });
  return jwtVerify(token, keys, { issuer: from.issuer, audience: from.audience, requiredClaims: ['exp'], ...more });
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const ed25519 = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' });

describe('tokens of the suite', () => {
  it.each<[string, () => SigningKey]>([
    ['ES256', () => makeSigningKey()],
    ['ES384', () => ({ ...ec('P-384'), alg: 'ES384' })],
    ['ES512', () => ({ ...ec('P-521'), alg: 'ES512' })],
    ['RS256', () => ({ ...rsa, alg: 'RS256' })],
    ['PS384', () => ({ ...rsa, alg: 'PS384' })],
    ['EdDSA', () => ({ ...ed25519(), alg: 'EdDSA' })],
  ])('signed with %s are right in the eyes of another implementation', async (alg, make) => {
    const from = issuer(make());
    const { payload, protectedHeader } = await verify(rightToken(from), from);
    expect(protectedHeader.alg).toBe(alg);
    expect(payload).toMatchObject({ roles: ['admin'], tenant: 'conformance-a' });
  });

  it('are each another one, and name the claims as the target does', () => {
    const [one, two] = [decodeJwt(rightToken(own)), decodeJwt(rightToken(own))];
    expect(one.jti).not.toBe(two.jti);
    const claims = { roles: 'groups', tenant: 'ward', models: 'may_use' };
    expect(decodeJwt(LIMITED_TOKENS.read({ ...own, claims }))).toMatchObject({
      groups: ['auditor'],
      ward: 'conformance-a',
    });
    expect(decodeJwt(LIMITED_TOKENS['other-models']({ ...own, claims })).may_use).toContain('conformance-tanh');
  });

  it.each(Object.entries(LIMITED_TOKENS))('of kind %s are valid', async (_, make) => {
    await expect(verify(make(own), own)).resolves.toBeDefined();
  });

  it.each<[keyof typeof WRONG_TOKENS, string]>([
    ['expired', 'ERR_JWT_EXPIRED'],
    ['not-yet-valid', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['of-a-strangers-key', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['with-its-own-key', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['unsigned', 'ERR_JWKS_NO_MATCHING_KEY|ERR_JOSE_NOT_SUPPORTED'],
    ['unsigned-in-capitals', 'ERR_JWKS_NO_MATCHING_KEY|ERR_JOSE_NOT_SUPPORTED'],
    ['without-its-signature', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['signed-with-the-public-key', 'ERR_JWKS_NO_MATCHING_KEY|ERR_JOSE_NOT_SUPPORTED'],
    ['with-altered-claims', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['for-another-audience', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['for-no-audience', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['of-another-issuer', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['without-an-end', 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  ])('of kind %s are refused for what is wrong with them', async (kind, code) => {
    const found = await verify(WRONG_TOKENS[kind](own), own).then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );
    expect(found).toMatch(new RegExp(`^(?:${code})$`));
  });
});
