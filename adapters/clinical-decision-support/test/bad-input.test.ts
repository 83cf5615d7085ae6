import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, goldenCase, patientResources, searchset, writeHeartPackage } from './heart-package.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const PATH = '/cds-services/heart-risk';
let served: ServedAdapter;
let asked = 0;

beforeAll(async () => {
  const folder = await writeHeartPackage(temporaryFolder());
  const runtime = fakeRuntime(async (request) => {
    asked += 1;
    return soundAnswer(request, 0.95);
  });
  served = await serveAdapter({ runtime, packages: [folder] });
});
afterAll(() => served?.stop());

const body = (changes: Record<string, unknown> = {}) => callBody('high-risk', changes);
const without = (name: string) => Object.fromEntries(Object.entries(body()).filter(([key]) => key !== name));
const authorization = (changes: Record<string, unknown> = {}) => ({
  fhirServer: 'https://fhir.example/r4',
  fhirAuthorization: {
    access_token: 'some-token',
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'patient/Observation.read',
    subject: 'cds-service',
    ...changes,
  },
});
const { patient, observations } = patientResources(goldenCase('high-risk').table, 'p-1');
const other = patientResources(goldenCase('low-risk').table, 'p-2');

interface BadCase {
  readonly what: string;
  readonly path?: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  readonly says?: RegExp;
}

const form = (what: string, sent: unknown, says: RegExp): BadCase => ({
  what,
  body: sent,
  status: 400,
  code: 'DH_CDS_REQUEST_INVALID',
  says,
});
const orders = (context: object): unknown => ({ ...body({ hook: 'order-select' }), context });

const CASES: readonly BadCase[] = [
  form('no body', '', /empty/),
  form('no JSON', '{"hook":', /not JSON/),
  form('bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not JSON in UTF-8/),
  form('a list', [], /JSON object/),
  form('a number', '7', /JSON object/),
  form('a nesting without end', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, /100 levels/),
  form('no hook', without('hook'), /"hook"/),
  form('a hook that is no text', body({ hook: 7 }), /"hook"/),
  form('no hookInstance', without('hookInstance'), /"hookInstance"/),
  form('no context', without('context'), /"context"/),
  form('no patient', body({ context: { userId: 'Practitioner/1' } }), /"context.patientId"/),
  form('a patient with its type', body({ context: { userId: 'Practitioner/1', patientId: 'Patient/p-1' } }), /bare id/),
  form(
    'a patient from the prototype',
    body({ context: JSON.parse('{"__proto__":{"patientId":"p-1"},"userId":"Practitioner/1"}') }),
    /patientId/,
  ),
  form('a user without a type', body({ context: { userId: 'dr-1', patientId: 'p-1' } }), /"context.userId"/),
  form('no user', body({ context: { patientId: 'p-1' } }), /"context.userId"/),
  form('a prefetch that is a list', body({ prefetch: [] }), /"prefetch"/),
  form('a prefetch value that is a text', body({ prefetch: { patient: 'p-1' } }), /"prefetch"/),
  form('a prefetch value without a type', body({ prefetch: { patient: { id: 'p-1' } } }), /"prefetch"/),
  form('a FHIR server that is no URL', body({ fhirServer: 'fhir' }), /"fhirServer"/),
  form('a FHIR server with a password', body({ fhirServer: 'https://a:b@fhir.example' }), /"fhirServer"/),
  form('a FHIR server of another scheme', body({ fhirServer: 'file:///etc' }), /"fhirServer"/),
  form('a token without a server', body({ ...authorization(), fhirServer: undefined }), /"fhirServer"/),
  form('a token that is none', body(authorization({ access_token: '' })), /access_token/),
  form('a token with a line break', body(authorization({ access_token: 'a\nb' })), /access_token/),
  form('a token of another type', body(authorization({ token_type: 'mac' })), /token_type/),
  form('a token without an end', body(authorization({ expires_in: '300' })), /expires_in/),
  form('a token without a scope', body(authorization({ scope: undefined })), /scope/),
  form('a token without a subject', body(authorization({ subject: undefined })), /subject/),
  {
    what: 'another hook',
    body: body({ hook: 'order-sign' }),
    status: 400,
    code: 'DH_CDS_HOOK_MISMATCH',
    says: /patient-view/,
  },
  {
    what: 'no selections',
    path: '/cds-services/heart-risk-orders',
    body: orders({ userId: 'Practitioner/1', patientId: 'p-1', draftOrders: searchset([]) }),
    status: 400,
    code: 'DH_CDS_REQUEST_INVALID',
    says: /selections/,
  },
  {
    what: 'draft orders that are no bundle',
    path: '/cds-services/heart-risk-orders',
    body: orders({ userId: 'Practitioner/1', patientId: 'p-1', selections: ['ServiceRequest/1'], draftOrders: {} }),
    status: 400,
    code: 'DH_CDS_REQUEST_INVALID',
    says: /draftOrders/,
  },
  {
    what: 'a token for another patient',
    body: body(authorization({ patient: 'p-2' })),
    status: 400,
    code: 'DH_CDS_PATIENT_MISMATCH',
  },
  {
    what: 'the Patient of somebody else',
    body: body({ prefetch: { patient: other.patient, findings: searchset(observations) } }),
    status: 400,
    code: 'DH_CDS_PATIENT_MISMATCH',
  },
  {
    what: 'one observation of somebody else',
    body: body({ prefetch: { patient, findings: searchset([...observations, ...other.observations.slice(0, 1)]) } }),
    status: 400,
    code: 'DH_CDS_PATIENT_MISMATCH',
  },
  {
    what: 'a service that is not there',
    path: '/cds-services/nothing',
    body: body(),
    status: 404,
    code: 'DH_CDS_SERVICE_NOT_FOUND',
  },
  {
    what: 'an address that is not there',
    path: '/cds-services/a/b/c',
    body: body(),
    status: 404,
    code: 'DH_CDS_SERVICE_NOT_FOUND',
  },
  {
    what: 'a name of objects',
    path: '/cds-services/constructor',
    body: body(),
    status: 404,
    code: 'DH_CDS_SERVICE_NOT_FOUND',
  },
  {
    what: 'a path that climbs',
    path: '/models/..%2f../1.0.0',
    body: body(),
    status: 405,
    code: 'DH_CDS_METHOD_NOT_ALLOWED',
  },
  {
    what: 'a method of another route',
    path: '/cds-services',
    body: body(),
    status: 405,
    code: 'DH_CDS_METHOD_NOT_ALLOWED',
  },
  {
    what: 'another media type',
    body: body(),
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'DH_CDS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'FHIR as media type',
    body: body(),
    headers: { 'content-type': 'application/fhir+json' },
    status: 415,
    code: 'DH_CDS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'another charset',
    body: body(),
    headers: { 'content-type': 'application/json; charset=latin1' },
    status: 415,
    code: 'DH_CDS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'a compressed body',
    body: gzipSync(JSON.stringify(body())),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'DH_CDS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'a body that is too large',
    body: `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`,
    status: 413,
    code: 'DH_MESSAGE_TOO_LARGE',
  },
  {
    what: 'no prefetch and no server',
    body: body({ prefetch: {} }),
    status: 412,
    code: 'DH_CDS_DATA_MISSING',
    says: /names no FHIR server/,
  },
  { what: 'no prefetch at all', body: without('prefetch'), status: 412, code: 'DH_CDS_DATA_MISSING' },
  {
    what: 'null for all of it',
    body: body({ prefetch: { patient: null, findings: null } }),
    status: 412,
    code: 'DH_CDS_DATA_MISSING',
    says: /is not there/,
  },
  {
    what: 'an empty bundle',
    body: body({ prefetch: { patient, findings: searchset([]) } }),
    status: 412,
    code: 'DH_CDS_DATA_MISSING',
  },
  {
    what: 'an OperationOutcome in place of data',
    body: body({
      prefetch: {
        patient,
        findings: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] },
      },
    }),
    status: 412,
    code: 'DH_CDS_DATA_MISSING',
    says: /tells an error/,
  },
  {
    what: 'an OperationOutcome among the data',
    body: body({
      prefetch: {
        patient,
        findings: searchset([
          ...observations,
          { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'timeout' }] },
        ]),
      },
    }),
    status: 412,
    code: 'DH_CDS_DATA_MISSING',
    says: /tells an error/,
  },
  {
    what: 'the first page only',
    body: body({
      prefetch: {
        patient,
        findings: searchset(observations, { link: [{ relation: 'next', url: 'https://fhir.example/r4?page=2' }] }),
      },
    }),
    status: 412,
    code: 'DH_CDS_DATA_MISSING',
    says: /first page/,
  },
];

describe('a call that is not in order', () => {
  it.each(CASES.map((one) => [one.what, one] as const))('is refused with the reason: %s', async (_what, bad) => {
    const before = asked;
    const { status, json, text, headers } = await served.post(bad.path ?? PATH, bad.body, bad.headers);
    expect({ status, text }).toMatchObject({ status: bad.status });
    expect(json.resourceType).toBe('OperationOutcome');
    expect(json.issue[0].severity).toBe('error');
    expect(json.issue[0].details.coding[0]).toEqual({ system: 'urn:deephealth:error-code', code: bad.code });
    if (bad.says !== undefined) expect(json.issue[0].diagnostics).toMatch(bad.says);
    if (status === 405) expect(headers.get('allow')).toBeTruthy();
    expect(text).not.toContain('cards');
    expect(asked, 'the model was asked').toBe(before);
  });

  it('leaves the service as it was', async () => {
    const { status, json } = await served.post(PATH, body());
    expect(status).toBe(200);
    expect(json.cards).toHaveLength(1);
  });

  it('is not waited for once it is too large, however long its sender goes on', async () => {
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const sending = httpRequest(`${served.baseUrl}${PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      sending.on('response', (response) => resolve(response.statusCode));
      sending.on('error', reject);
      sending.write(Buffer.alloc(6 * 1024 * 1024, 0x20));
    });
    expect(answered).toBe(413);
  });
});

describe('a call that is unusual and in order', () => {
  it.each([
    ['fields and extensions that nobody knows', body({ extension: { 'com.example.x': { a: 1 } }, whatever: [1] })],
    ['prefetch keys that were not asked for', body({ prefetch: { ...body().prefetch, more: null, andMore: patient } })],
    [
      'a warning among the data',
      body({
        prefetch: {
          patient,
          findings: searchset([
            ...observations,
            { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'informational' }] },
          ]),
        },
      }),
    ],
    ['an instance that is no UUID', body({ hookInstance: 'call 17' })],
    ['a complete authorization beside complete data', body(authorization())],
    [
      'entries without a resource',
      body({
        prefetch: {
          patient,
          findings: { ...searchset(observations), entry: [{ fullUrl: 'x' }, ...(searchset(observations).entry ?? [])] },
        },
      }),
    ],
  ])('is answered: %s', async (_what, sent) => {
    const { status, json } = await served.post(PATH, sent);
    expect({ status, cards: json.cards?.length }).toEqual({ status: 200, cards: 1 });
  });

  it('is answered with nearly 5 MB of prefetch', async () => {
    const filler = Array.from({ length: 4_000 }, (_unused, index) => ({
      resourceType: 'Observation',
      id: `o-${index}`,
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      subject: { reference: 'Patient/p-1' },
      note: [{ text: 'x'.repeat(1_000) }],
    }));
    const sent = JSON.stringify(body({ prefetch: { patient, findings: searchset([...observations, ...filler]) } }));
    expect(sent.length).toBeGreaterThan(4_500_000);
    const { status, json } = await served.post(PATH, sent);
    expect({ status, cards: json.cards?.length }).toEqual({ status: 200, cards: 1 });
  });
});
