import { createPublicKey, verify } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Bundle } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClientSigner } from '../hosts/cds/client-signer.js';
import { type Ehr, startEhr } from '../hosts/cds/ehr-server.js';
import { FhirStore } from '../hosts/cds/fhir-store.js';
import { readSamplePatients } from '../hosts/cds/sample-patients.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const NOW = new Date('2026-11-29T12:00:00Z');
const LOINC = 'http://loinc.org';

let patients: Bundle[];

beforeAll(async () => {
  patients = await readSamplePatients(samples, NOW);
});

describe('the FHIR server of the sample EHR', () => {
  const base = 'http://ehr.example/fhir';
  let store: FhirStore;

  beforeAll(() => {
    store = new FhirStore();
    for (const bundle of patients) store.load(bundle);
  });

  const search = (path: string) => {
    const { status, body } = store.get(path, base);
    expect(status).toBe(200);
    return body as Bundle;
  };
  const idsOf = (bundle: Bundle) => (bundle.entry ?? []).map(({ resource }) => resource?.id);

  it('reads what is there and says what is not', () => {
    expect(store.get('Patient/adam', base)).toMatchObject({
      status: 200,
      body: { resourceType: 'Patient', id: 'adam' },
    });
    expect(store.get('Patient/nobody', base)).toMatchObject({
      status: 404,
      body: { resourceType: 'OperationOutcome' },
    });
  });

  it('finds the observations of one patient by codes, with their system or without', () => {
    expect(idsOf(search(`Observation?patient=adam&code=${LOINC}|85354-9,${LOINC}|2093-3`))).toEqual([
      'adam-blood-pressure',
      'adam-cholesterol',
    ]);
    expect(idsOf(search('Observation?patient=Patient/adam&code=2093-3'))).toEqual(['adam-cholesterol']);
    expect(idsOf(search('Observation?patient=adam&code=http://other.example|2093-3'))).toEqual([]);
    expect(search('Observation?patient=nobody')).toEqual({ resourceType: 'Bundle', type: 'searchset', total: 0 });
  });

  it('gives pages that lead to each other and hold everything once', () => {
    const all: unknown[] = [];
    let path: string | undefined = 'Observation?patient=adam&_sort=-date&_count=4';
    while (path !== undefined) {
      const page: Bundle = search(path);
      expect(page.entry?.length).toBeLessThanOrEqual(4);
      all.push(...idsOf(page));
      path = page.link?.find(({ relation }) => relation === 'next')?.url.slice(`${base}/`.length);
    }
    expect(all).toHaveLength(11);
    expect(new Set(all).size).toBe(11);
  });

  it('refuses what it cannot search by, rather than giving too much', () => {
    expect(store.get('Observation?patient=adam&value-quantity=gt5', base).status).toBe(400);
    expect(store.get('Observation?patient=adam&_sort=code', base).status).toBe(400);
  });

  it('has no exercise test of the patient who had none', () => {
    expect(idsOf(search('Observation?patient=cleo'))).toEqual([
      'cleo-blood-pressure',
      'cleo-cholesterol',
      'cleo-glucose',
    ]);
  });
});

describe('the signature of the sample EHR', () => {
  it('is ES384 over what CDS Hooks asks for, and each token is another', () => {
    const signer = createClientSigner('https://ehr.example', 'https://ehr.example/.well-known/jwks.json');
    const token = signer.token('https://cds.example/cds-services');
    const [header = '', claims = '', signature = ''] = token.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const [key] = signer.keySet.keys;
    expect(read(header)).toEqual({
      alg: 'ES384',
      typ: 'JWT',
      kid: key?.kid,
      jku: 'https://ehr.example/.well-known/jwks.json',
    });
    expect(read(claims)).toMatchObject({ iss: 'https://ehr.example', aud: 'https://cds.example/cds-services' });
    expect(key).not.toHaveProperty('d');
    const publicKey = { key: createPublicKey({ key: key ?? {}, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha384', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    expect(read(claims).jti).not.toBe(read(signer.token('https://cds.example/cds-services').split('.')[1] ?? '').jti);
  });
});

describe('the server of the sample EHR', () => {
  let ehr: Ehr;

  beforeAll(async () => {
    ehr = await startEhr({ patients, page: `${samples}/hosts/cds/page`, script: 'absent.js' });
    ehr.useService('http://127.0.0.1:9/cds');
  });

  afterAll(() => ehr.close());

  const sign = (audience: string, headers = {}) =>
    fetch(`${ehr.url}/app/client-token`, { method: 'POST', headers, body: JSON.stringify({ audience }) });

  it('signs for its own CDS service alone', async () => {
    expect((await sign('http://127.0.0.1:9/cds/cds-services/x')).status).toBe(200);
    for (const other of ['http://127.0.0.1:9/cdsx', 'http://evil.example/cds', 'http://127.0.0.1:90/cds', '']) {
      expect((await sign(other)).status, other).toBe(403);
    }
  });

  it('serves no page of another origin', async () => {
    expect((await sign('http://127.0.0.1:9/cds/cds-services', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await fetch(`${ehr.url}/app/session`, { headers: { origin: 'null' } })).status).toBe(403);
  });

  it('shows no data of patients without its access token', async () => {
    expect((await fetch(`${ehr.url}/fhir/Patient/adam`)).status).toBe(401);
    expect((await fetch(`${ehr.url}/fhir/Patient/adam`, { headers: { authorization: 'Bearer guess' } })).status).toBe(
      401,
    );
    const session = (await (await fetch(`${ehr.url}/app/session`)).json()) as {
      fhirAuthorization: { access_token: string };
    };
    const authorization = `Bearer ${session.fhirAuthorization.access_token}`;
    expect((await fetch(`${ehr.url}/fhir/Patient/adam`, { headers: { authorization } })).status).toBe(200);
  });

  it('lets its page load nothing from elsewhere and run nothing that is written into it', async () => {
    const policy = (await fetch(ehr.url)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:9;");
  });
});
