import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigningClient, type SigningClient } from '../../test/signing-client.js';
import { createClientTrust } from './client-trust.js';
import type { ListedClientsOptions } from './trust-options.js';

const EHR = 'https://ehr.example/fhir';

let ehr: SigningClient;
let folder: string;

beforeAll(async () => {
  ehr = await createSigningClient(EHR, 'ES384', 'ehr-2026');
  folder = await mkdtemp(join(tmpdir(), 'cds-trust-'));
});

afterAll(() => rm(folder, { recursive: true }));

const keySet = () => ehr.keySet;

function withMember(name: string) {
  return { keys: [{ ...ehr.keySet.keys[0], [name]: 'AAAA' }] };
}

const BAD_CONFIGURATIONS: readonly (readonly [string, string, () => unknown])[] = [
  ['nobody', 'clients', () => ({ clients: [] })],
  ['an empty issuer', 'clients[0].issuer', () => ({ clients: [{ issuer: '', jwks: keySet() }] })],
  [
    'one issuer twice',
    'clients',
    () => ({
      clients: [
        { issuer: EHR, jwks: keySet() },
        { issuer: EHR, jwks: keySet() },
      ],
    }),
  ],
  ['no keys', 'clients[0]', () => ({ clients: [{ issuer: EHR }] })],
  [
    'keys by two ways',
    'clients[0]',
    () => ({ clients: [{ issuer: EHR, jwks: keySet(), jku: ['https://a.example'] }] }),
  ],
  ['an empty key set', 'clients[0].jwks', () => ({ clients: [{ issuer: EHR, jwks: { keys: [] } }] })],
  ['no key set', 'clients[0].jwks', () => ({ clients: [{ issuer: EHR, jwks: [] }] })],
  ['a private key', 'clients[0].jwks', () => ({ clients: [{ issuer: EHR, jwks: withMember('d') }] })],
  [
    'a shared key',
    'clients[0].jwks',
    () => ({ clients: [{ issuer: EHR, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }] }),
  ],
  [
    'algorithm none',
    'clients[0].algorithms',
    () => ({ clients: [{ issuer: EHR, jwks: keySet(), algorithms: ['none'] }] }),
  ],
  [
    'algorithm HS256',
    'clients[0].algorithms',
    () => ({ clients: [{ issuer: EHR, jwks: keySet(), algorithms: ['HS256'] }] }),
  ],
  ['no algorithm', 'clients[0].algorithms', () => ({ clients: [{ issuer: EHR, jwks: keySet(), algorithms: [] }] })],
  ['a jku by http', 'clients[0].jku', () => ({ clients: [{ issuer: EHR, jku: ['http://ehr.example/jwks'] }] })],
  [
    'a jku by http on loopback',
    'clients[0].jku',
    () => ({ clients: [{ issuer: EHR, jku: ['http://127.0.0.1:1/jwks'] }] }),
  ],
  [
    'a jku by http elsewhere in tests',
    'clients[0].jku',
    () => ({ allowInsecureForTests: true, clients: [{ issuer: EHR, jku: ['http://10.0.0.1/jwks'] }] }),
  ],
  [
    'a jku with a password',
    'clients[0].jku',
    () => ({ clients: [{ issuer: EHR, jku: ['https://u:p@ehr.example/jwks'] }] }),
  ],
  ['a jku that is no URL', 'clients[0].jku', () => ({ clients: [{ issuer: EHR, jku: ['jwks.json'] }] })],
  [
    'an unknown way to authenticate',
    'clients[0].authentication',
    () => ({ clients: [{ issuer: EHR, jwks: keySet(), authentication: 'either' }] }),
  ],
  [
    'certificates that do not count',
    'clients[0].authentication',
    () => ({ clients: [{ issuer: EHR, jwks: keySet(), certificates: ['a'.repeat(64)] }] }),
  ],
  ['no certificate', 'clients[0].certificates', () => ({ clients: [{ issuer: EHR, authentication: 'certificate' }] })],
  [
    'a fingerprint by SHA-1',
    'clients[0].certificates',
    () => ({ clients: [{ issuer: EHR, authentication: 'certificate', certificates: ['a'.repeat(40)] }] }),
  ],
];

describe('a configuration of clients', () => {
  it.each(BAD_CONFIGURATIONS)('with %s is refused, naming %s', async (_name, setting, options) => {
    const attempt = createClientTrust({ ...(options() as ListedClientsOptions), stateFolder: folder });
    await expect(attempt).rejects.toMatchObject({
      code: 'DH_CONFIG_INVALID',
      details: { setting: `trust.${setting}` },
    });
  });
});
