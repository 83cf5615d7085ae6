import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { type FhirServer, json, startFhirServer } from './fhir-server.js';
import { callBody, goldenCase, patientResources, searchset, writeHeartPackage } from './heart-package.js';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

/** Thirty places where a name, a number or a token of a patient or a clinician can be in a call. */
const NAMES = [
  'hookInstance',
  'accessToken',
  'scope',
  'subject',
  'userId',
  'encounterId',
  'patientName',
  'patientIdentifier',
  'birthPlace',
  'phone',
  'address',
  'observationId',
  'observationNote',
  'observationText',
  'codeDisplay',
  'unitText',
  'valueString',
  'performer',
  'extensionUrl',
  'extensionValue',
  'unknownKey',
  'unknownValue',
  'outcomeDiagnostics',
  'outcomeText',
  'bundleLink',
  'fullUrl',
  'queryString',
  'header',
  'acceptLanguage',
  'userAgent',
] as const;
type Planted = Record<(typeof NAMES)[number], string>;
// Letters only, so that each can stand in an id, a URL, a header or a unit.
const CANARIES = Object.fromEntries(
  NAMES.map((name, index) => [name, `Canary${name}Q${'x'.repeat(index % 5)}Z`]),
) as Planted;
const PATIENT = 'CanaryPatientId';

let runtime: RuntimeProcess;
let fhir: FhirServer;
let served: ServedAdapter;
let broken: ServedAdapter;
const states = [temporaryFolder(), temporaryFolder()] as const;
const printed: string[] = [];

beforeAll(async () => {
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    vi.spyOn(console, name).mockImplementation((...parts) => printed.push(parts.map(String).join(' ')));
  }
  const store = temporaryFolder();
  const folder = await writeHeartPackage(store);
  runtime = await startRuntimeProcess(store);
  fhir = await startFhirServer();
  const options = { packages: [folder], fhirServers: [fhir.url] };
  served = await serveAdapter({ ...options, runtime: runtime.address, stateFolder: states[0] });
  broken = await serveAdapter({
    ...options,
    runtime: fakeRuntime(async (request) => {
      // Of a part that we did not write: its text repeats what it was given.
      if (request.inputs !== undefined) throw new Error(`no row for ${JSON.stringify(CANARIES)} at /srv/models`);
      return soundAnswer(request, 0.95);
    }),
    stateFolder: states[1],
  });
});
afterAll(async () => {
  await served?.stop();
  await broken?.stop();
  await runtime?.stop();
  vi.restoreAllMocks();
});

const issue = [
  {
    severity: 'error',
    code: 'exception',
    diagnostics: CANARIES.outcomeDiagnostics,
    details: { text: CANARIES.outcomeText },
  },
];

function resources() {
  const { patient, observations } = patientResources(goldenCase('high-risk').table, PATIENT);
  return {
    patient: {
      ...patient,
      name: [{ text: CANARIES.patientName }],
      identifier: [{ value: CANARIES.patientIdentifier }],
      telecom: [{ value: CANARIES.phone }],
      address: [{ text: CANARIES.address }],
      extension: [
        { url: CANARIES.extensionUrl, valueString: CANARIES.extensionValue },
        { url: 'x', valueString: CANARIES.birthPlace },
      ],
    },
    observations: observations.map((one, index) => ({
      ...one,
      ...(index === 0 ? { id: CANARIES.observationId } : {}),
      note: [{ text: CANARIES.observationNote }],
      code: {
        coding: one.code.coding.map((coding) => ({ ...coding, display: CANARIES.codeDisplay })),
        text: CANARIES.observationText,
      },
      performer: [{ display: CANARIES.performer }],
    })),
  };
}

function planted(changes: Record<string, unknown> = {}) {
  const { patient, observations } = resources();
  const bundle = searchset(observations, {
    link: [{ relation: 'self', url: `https://x.example/${CANARIES.bundleLink}` }],
  });
  return callBody(
    'high-risk',
    {
      hookInstance: CANARIES.hookInstance,
      context: { userId: `Practitioner/${CANARIES.userId}`, patientId: PATIENT, encounterId: CANARIES.encounterId },
      fhirServer: fhir.url,
      fhirAuthorization: {
        access_token: CANARIES.accessToken,
        token_type: 'Bearer',
        expires_in: 300,
        scope: CANARIES.scope,
        subject: CANARIES.subject,
      },
      prefetch: {
        patient,
        findings: {
          ...bundle,
          entry: bundle.entry?.map((entry) => ({ ...entry, fullUrl: `urn:${CANARIES.fullUrl}` })),
        },
      },
      [CANARIES.unknownKey]: CANARIES.unknownValue,
      ...changes,
    },
    PATIENT,
  );
}

const path = (id: string) => `/cds-services/${id}?q=${CANARIES.queryString}`;
const headers = {
  'x-something': CANARIES.header,
  'user-agent': CANARIES.userAgent,
  'accept-language': `${CANARIES.acceptLanguage}, en`,
  authorization: `Bearer ${CANARIES.accessToken}`,
};

function withCholesterol(change: object) {
  const { patient, observations } = resources();
  const changed = observations.map((one) =>
    one.code.coding.some(({ code }) => code === '2093-3') ? { ...one, ...change } : one,
  );
  return planted({ prefetch: { patient, findings: searchset(changed) } });
}

describe('thirty planted strings', () => {
  it('are thirty', () => {
    expect(new Set(Object.values(CANARIES)).size).toBe(30);
  });

  const noise = () => JSON.stringify(planted());
  it.each<[what: string, statuses: readonly number[], send: () => Promise<{ status: number; text: string }>]>([
    ['a call that is answered', [200], () => served.post(path('heart-risk'), planted(), headers)],
    ['a call in shadow', [200], () => served.post(path('heart-risk-shadow'), planted(), headers)],
    [
      'a call that abstains',
      [200],
      () =>
        served.post(
          path('heart-risk-abstaining'),
          withCholesterol({ valueQuantity: { value: 3, unit: CANARIES.unitText } }),
          headers,
        ),
    ],
    [
      'a unit that is none',
      [412],
      () =>
        served.post(
          path('heart-risk'),
          withCholesterol({ valueQuantity: { value: 3, unit: CANARIES.unitText, code: CANARIES.unitText } }),
          headers,
        ),
    ],
    [
      'a text for a value',
      [412],
      () =>
        served.post(
          path('heart-risk'),
          withCholesterol({ valueQuantity: undefined, valueString: CANARIES.valueString }),
          headers,
        ),
    ],
    [
      'no prefetch, and a server that fails',
      [412],
      () => {
        fhir.answerWith((_request, response) => json(response, { resourceType: 'OperationOutcome', issue }, 500));
        return served.post(path('heart-risk'), planted({ prefetch: {} }), headers);
      },
    ],
    [
      'no prefetch, and a server that tells an error',
      [412],
      () => {
        fhir.answerWith((_request, response) => json(response, { resourceType: 'OperationOutcome', issue }));
        return served.post(path('heart-risk'), planted({ prefetch: {} }), headers);
      },
    ],
    [
      'no prefetch, and a server that answers nonsense',
      [412],
      () => {
        fhir.answerWith((_request, response) => response.end(noise().slice(0, -9)));
        return served.post(path('heart-risk'), planted({ prefetch: {} }), headers);
      },
    ],
    [
      'an OperationOutcome as prefetch',
      [412],
      () =>
        served.post(
          path('heart-risk'),
          planted({
            fhirServer: undefined,
            fhirAuthorization: undefined,
            prefetch: { patient: { resourceType: 'OperationOutcome', issue }, findings: null },
          }),
          headers,
        ),
    ],
    ['half a body', [400], () => served.post(path('heart-risk'), noise().slice(0, 900), headers)],
    ['another hook', [400], () => served.post(path('heart-risk'), planted({ hook: CANARIES.unknownValue }), headers)],
    [
      'a patient that is a name',
      [400],
      () =>
        served.post(
          path('heart-risk'),
          planted({ context: { userId: 'Practitioner/1', patientId: `${CANARIES.patientName} x` } }),
          headers,
        ),
    ],
    [
      'another patient',
      [400],
      () =>
        served.post(
          path('heart-risk'),
          planted({ context: { userId: 'Practitioner/1', patientId: 'somebody' } }),
          headers,
        ),
    ],
    [
      'prefetch that is no resource',
      [400],
      () =>
        served.post(
          path('heart-risk'),
          planted({ prefetch: { [CANARIES.unknownKey]: CANARIES.unknownValue } }),
          headers,
        ),
    ],
    [
      'a type that is none',
      [400],
      () =>
        served.post(
          path('heart-risk'),
          planted({ prefetch: { patient: { resourceType: CANARIES.unknownValue }, findings: null } }),
          headers,
        ),
    ],
    [
      'a server that is none',
      [400],
      () => served.post(path('heart-risk'), planted({ fhirServer: CANARIES.bundleLink }), headers),
    ],
    [
      'a service that is not there',
      [404],
      () => served.post(`/cds-services/${CANARIES.unknownKey}`, planted(), headers),
    ],
    ['an address that is not there', [404], () => served.post(`/${CANARIES.unknownKey}`, planted(), headers)],
    [
      'an origin that may not call',
      [403],
      () => served.post(path('heart-risk'), planted(), { ...headers, origin: 'https://canary.example' }),
    ],
    [
      'another media type',
      [415],
      () => served.post(path('heart-risk'), noise(), { ...headers, 'content-type': `text/${CANARIES.header}` }),
    ],
    [
      'feedback about a card of a strange name',
      [200],
      () =>
        served.post(
          '/cds-services/heart-risk/feedback',
          {
            feedback: [
              {
                card: CANARIES.unknownKey,
                outcome: 'overridden',
                overrideReason: { userComment: CANARIES.unknownValue },
                outcomeTimestamp: '2026-11-20T10:00:00Z',
              },
            ],
          },
          headers,
        ),
    ],
    [
      'feedback of a strange form',
      [400],
      () =>
        served.post(
          '/cds-services/heart-risk/feedback',
          { feedback: [{ card: CANARIES.unknownKey, outcome: CANARIES.unknownValue }] },
          headers,
        ),
    ],
    ['a fault of the software', [500], () => broken.post(path('heart-risk'), planted(), headers)],
  ])('stay out of every log and error: %s', async (_what, statuses, send) => {
    const { status, text } = await send();
    expect({ status, text }).toMatchObject({ status: statuses[0] });
    // A card is for the clinician and shows the values; it may name the resources that they come from,
    // and an order is for the encounter of the call.
    if (status === 200) {
      const allowed = [CANARIES.observationId, CANARIES.encounterId, PATIENT];
      expect(allowed.reduce((left, one) => left.replaceAll(one, ''), text)).not.toContain('Canary');
    } else expect(text).not.toContain('Canary');
    for (const { logged } of [served, broken]) expect(logged.join('\n')).not.toContain('Canary');
    expect(printed.join('\n')).not.toContain('Canary');
    const kept = states.flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
    );
    expect(kept.join('\n')).not.toContain('Canary');
    expect(JSON.stringify([served.adapter.statistics(), await served.adapter.health()])).not.toContain('Canary');
  });

  it('would be seen if one got into the log: the calls were logged and recorded', () => {
    expect(served.logged.length).toBeGreaterThan(15);
    expect(broken.logged.join()).toMatch(/"stack":\["canary\.test\.ts:\d+"/);
    expect(readFileSync(join(states[0], 'inferences.ndjson'), 'utf8').split('\n').length).toBeGreaterThan(5);
  });
});
