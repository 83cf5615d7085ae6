import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  EHR,
  EPIC,
  ehr,
  epic,
  folder,
  OTHER,
  open,
  other,
  reasonOf,
  reopen,
  trust,
  useHospitalTrust,
  verify,
} from '../../test/hospital-trust.js';
import { base64url, bearer, NOW, NOW_S, SERVICE_URL } from '../../test/signing-client.js';
import { createClientTrust } from './client-trust.js';
import type { ClientTrust } from './trusted-client.js';

useHospitalTrust();

describe('a client that signs as it should', () => {
  it('is accepted with a token of the shape of the CDS Hooks Sandbox', async () => {
    const client = await verify(bearer(await ehr.token()));
    expect(client).toEqual({ issuer: EHR, by: 'token', keyId: 'ehr-2026' });
  });

  it('is accepted with a token of the shape of Epic, whose audience the hospital typed in', async () => {
    const client = await verify(bearer(await epic.token()));
    expect(client).toEqual({ issuer: EPIC, by: 'token', keyId: 'epic-key' });
  });

  it('is accepted at the audience of each route', async () => {
    for (const url of ['https://cds.example/cds-services', SERVICE_URL, `${SERVICE_URL}/feedback`]) {
      expect(await verify(bearer(await ehr.token({ claims: { aud: url } })), url)).toMatchObject({ issuer: EHR });
    }
  });

  it('is accepted with several audiences, claims of its own, and a scheme in small letters', async () => {
    const token = await ehr.token({
      claims: { aud: ['https://elsewhere.example', SERVICE_URL], 'urn:own': { a: [1] } },
    });
    expect(await verify(`bearer ${token}`)).toMatchObject({ issuer: EHR });
  });

  it('is accepted while clocks differ by less than the leeway', async () => {
    for (const claims of [{ exp: NOW_S - 59, iat: NOW_S - 300 }, { iat: NOW_S + 59 }, { nbf: NOW_S + 59 }]) {
      expect(await verify(bearer(await ehr.token({ claims })))).toMatchObject({ issuer: EHR });
    }
  });

  it('is accepted with a tenant of the list, which is recorded', async () => {
    const client = await verify(bearer(await other.token({ claims: { tenant: 'ward-b' } })));
    expect(client).toEqual({ issuer: OTHER, by: 'token', keyId: 'ehr-2026', tenant: 'ward-b' });
  });

  it('may reuse the token id of another issuer', async () => {
    await verify(bearer(await ehr.token({ claims: { jti: 'one' } })));
    expect(await verify(bearer(await epic.token({ claims: { jti: 'one' } })))).toMatchObject({ issuer: EPIC });
  });
});

describe('a token that is used twice', () => {
  it('is refused the second time, at whichever endpoint', async () => {
    const token = bearer(await ehr.token({ claims: { aud: [SERVICE_URL, `${SERVICE_URL}/feedback`] } }));
    await verify(token);
    expect(await reasonOf(verify(token))).toBe('replayed');
    expect(await reasonOf(verify(token, `${SERVICE_URL}/feedback`))).toBe('replayed');
  });

  it('is refused although another signature and other times stand beside the same id', async () => {
    await verify(bearer(await ehr.token({ claims: { jti: 'one' } })));
    expect(await reasonOf(verify(bearer(await ehr.token({ claims: { jti: 'one', exp: NOW_S + 200 } }))))).toBe(
      'replayed',
    );
  });

  it('is accepted once of fifty times at once', async () => {
    const token = bearer(await ehr.token());
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => reasonOf(verify(token))));
    expect(outcomes.filter((reason) => reason === undefined)).toHaveLength(1);
    expect(outcomes.filter((reason) => reason === 'replayed')).toHaveLength(49);
  });

  it('is refused by the process that comes after', async () => {
    const token = bearer(await ehr.token());
    await verify(token);
    await reopen();
    expect(await reasonOf(verify(token))).toBe('replayed');
  });

  it('is refused by the process that comes after one that ended without closing', async () => {
    const token = bearer(await ehr.token());
    await verify(token);
    const next = await open();
    expect(await reasonOf(next.verify(token, SERVICE_URL, NOW))).toBe('replayed');
    await next.close();
  });
});

describe('what planted texts reach', () => {
  it('is neither an error, nor a log, nor the memory of tokens', async () => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) => vi.spyOn(console, level));
    const canaries: string[] = [];
    const canary = () => {
      const text = `CANARY-${randomUUID()}`;
      canaries.push(text);
      return text;
    };
    const attempts = [
      ...['iss', 'sub', 'aud', 'tenant', 'jti', 'fhirUser', 'patient'].map((claim) => ({
        claims: { [claim]: canary() },
      })),
      ...['kid', 'typ', 'jku', 'x5u', 'cty', 'own'].map((name) => ({ header: { [name]: canary() } })),
      ...['exp', 'iat', 'nbf'].map((claim) => ({ claims: { [claim]: canary(), sub: canary() } })),
      { claims: { exp: NOW_S - 900, sub: canary() } },
      { claims: { iat: NOW_S - 900, sub: canary() } },
      { claims: { iat: NOW_S + 900, sub: canary() } },
      { claims: { nbf: NOW_S + 900, sub: canary() } },
      { claims: { exp: NOW_S + 90_000, sub: canary() } },
    ];
    const tokens = await Promise.all(attempts.map((parts) => ehr.token(parts)));
    tokens.push(
      `${await ehr.token({ claims: { sub: canary() } })}x`,
      `${base64url(canary())}.${base64url(canary())}.AA`,
      canary(),
    );
    const errors: unknown[] = [];
    for (const token of tokens) {
      canaries.push(token, ...token.split('.').filter((part) => part.length > 8));
      // Twice, so that what is good the first time is refused as seen.
      for (let times = 0; times < 2; times++) {
        await trust.verify(bearer(token), SERVICE_URL, NOW).catch((error: unknown) => errors.push(error));
      }
    }
    expect(errors.length).toBeGreaterThan(tokens.length);
    const spoken = [
      ...errors.map((error) => inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })),
      ...errors.map((error) => JSON.stringify(error)),
      ...spies.flatMap((spy) => spy.mock.calls.flat().map(String)),
      await readFile(join(folder, 'seen-tokens'), 'utf8'),
    ].join('\n');
    for (const spy of spies) spy.mockRestore();
    expect(canaries.length).toBeGreaterThanOrEqual(30);
    expect(canaries.filter((text) => spoken.includes(text))).toEqual([]);
  });
});

describe('the configuration', () => {
  it('lets a client have another algorithm, and no more than that', async () => {
    await reopen({ clients: [{ issuer: EHR, jwks: ehr.keySet, algorithms: ['RS384'] }] });
    expect(await reasonOf(verify(bearer(await ehr.token())))).toBe('algorithm-not-allowed');
  });

  it('lets any tenant in where it says so', async () => {
    await reopen({ clients: [{ issuer: EHR, jwks: ehr.keySet, tenants: 'any' }] });
    for (const tenant of ['ward-z', undefined]) {
      expect(await verify(bearer(await ehr.token({ claims: { tenant } })))).toMatchObject({ issuer: EHR });
    }
  });
});

describe('the open mode', () => {
  let openTrust: ClientTrust;

  afterAll(() => openTrust.close());

  it('trusts anyone on this machine and nobody else', async () => {
    openTrust = await createClientTrust({ mode: 'none', stateFolder: folder });
    expect(openTrust.isOpen).toBe(true);
    expect(trust.isOpen).toBe(false);
    const inside = 'http://127.0.0.1:8080/cds-services';
    for (const peer of [undefined, {}, { address: '127.0.0.1' }, { address: '::ffff:127.0.0.1' }, { address: '::1' }]) {
      expect(await openTrust.verify(undefined, inside, NOW, peer)).toEqual({ issuer: 'anyone', by: 'nothing' });
    }
    expect(await reasonOf(openTrust.verify(undefined, SERVICE_URL, NOW))).toBe('not-from-this-machine');
    for (const address of ['192.168.1.4', '::ffff:10.0.0.1', '2001:db8::1', '127.evil.example']) {
      expect(await reasonOf(openTrust.verify(undefined, inside, NOW, { address }))).toBe('not-from-this-machine');
    }
  });
});
