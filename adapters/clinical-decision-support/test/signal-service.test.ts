import { readFileSync } from 'node:fs';
import { dicomFile, dicomWaveform } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceBinding } from '../src/bindings/cds-hooks-binding.js';
import {
  about,
  BEAT,
  concept,
  ECG_SAMPLE,
  ECG_SIGNAL,
  ecgBinding,
  ecgDocument,
  ecgObservation,
  ecgService,
  edfBeat,
  goldenBeat,
  PATIENT,
  sampledData,
  toSteps,
} from './ecg-beat.js';
import { type FhirServer, json, startFhirServer } from './fhir-server.js';
import { LOCAL, searchset } from './heart-package.js';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';
import { writeSamplePackage } from './sample-package.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const XRAY = { system: 'http://loinc.org', code: '36643-5' };
const xrayService: ServiceBinding = {
  ...ecgService('xray'),
  input: 'xray',
  output: 'finding',
  prefetch: { pictures: { query: 'Media?patient={{context.patientId}}' } },
  image: { from: 'pictures', codes: [XRAY], maximumAgeDays: 7, missing: 'refuse' },
  cards: {
    topic: { system: LOCAL, code: 'pneumonia' },
    rules: [{ of: 'pneumonia', atLeast: 0, indicator: 'info', summary: { en: 'Pneumonia: {percent} %.' } }],
  },
};
const { signal: _, ...image } = xrayService;

let runtime: RuntimeProcess;
let fhir: FhirServer;
let served: ServedAdapter;

beforeAll(async () => {
  const store = temporaryFolder();
  const abstaining = ecgService('ecg-beat-abstaining', { ...ECG_SIGNAL, missing: 'abstain' });
  const packages = [
    await writeSamplePackage(store, 'ecg-beat', ecgBinding(ecgService(), abstaining)),
    await writeSamplePackage(store, 'chest-xray-pneumonia', ecgBinding(image)),
  ];
  runtime = await startRuntimeProcess(store);
  fhir = await startFhirServer();
  served = await serveAdapter({ runtime: runtime.address, packages, fhirServers: [fhir.url] });
});
afterAll(async () => {
  await served?.stop();
  await runtime?.stop();
});

const authorization = { access_token: 'token-1', token_type: 'Bearer', expires_in: 300, scope: 'x', subject: 'cds' };
const call = (prefetch: object, changes: object = {}, id = 'ecg-beat') =>
  served.post(`/cds-services/${id}`, {
    hook: 'patient-view',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: 'Practitioner/dr-1', patientId: PATIENT },
    prefetch,
    ...changes,
  });
const withServer = (changes: object = {}) => ({ fhirServer: fhir.url, fhirAuthorization: authorization, ...changes });
const ecg = (...resources: object[]) => ({ ecg: searchset(resources) });
const findingOf = (answer: { cards: { extension: Record<string, never> }[] }) =>
  answer.cards[0]?.extension['eu.deephealth.finding'] as unknown as { classes: { probability: number }[] };

/** By hand: a group of one channel of 16 bits, 200 steps a mV around 1024. */
const waveform = dicomWaveform([
  {
    channels: [{ label: 'MLII', sensitivity: '0.005', unit: 'mV', baseline: '-5.12' }],
    samples: BEAT.map((step) => [step]),
    rateHz: '360',
  },
]);
const file = (contentType: string, bytes: Buffer, more: object = {}) => ({
  contentType,
  data: bytes.toString('base64'),
  ...more,
});

describe('a beat of the database', () => {
  it.each(['normal', 'ventricular', 'fusion', 'near-threshold'])(
    'is answered as the package says of "%s", from SampledData in microvolts',
    async (id) => {
      const { samples, probability } = goldenBeat(id);
      const origin = { value: -5120, system: 'http://unitsofmeasure.org', code: 'uV' };
      const data = sampledData(toSteps(samples), { origin, factor: 5 });
      const { status, json: answer } = await call(ecg(ecgObservation(data)));
      expect(status).toBe(200);
      expect(findingOf(answer).classes[1]?.probability).toBeCloseTo(probability, 5);
    },
  );

  it.each<[string, string, Buffer]>([
    ['EDF', 'application/edf', edfBeat()],
    ['a DICOM waveform', 'application/dicom', waveform],
  ])('is answered the same from %s', async (_what, contentType, bytes) => {
    const { json: answer } = await call(ecg(ecgDocument(file(contentType, bytes))));
    expect(findingOf(answer).classes[1]?.probability).toBeCloseTo(goldenBeat('normal').probability, 5);
  });

  it('stands in the table of the card: channels, duration, rate, time and code', async () => {
    const { json: answer } = await call(ecg(ecgDocument(file('application/edf', edfBeat()))));
    const [card] = answer.cards;
    expect(card.summary).toMatch(/^Other beat: /);
    expect(card.detail).toContain(
      '| ecg | MLII; 1.8 s; 360 Hz; application/edf | 2026-11-20 08:30 UTC | 11524-6 (LOINC) |',
    );
    expect(card.extension['eu.deephealth.finding'].values).toEqual([
      {
        column: 'ecg',
        value: 'MLII',
        at: '2026-11-20T08:30:02Z',
        code: expect.objectContaining({ code: '11524-6' }),
        reference: 'DocumentReference/doc-1',
        recording: { channels: ['MLII'], samplingRateHz: 360, durationS: 1.8 },
        mediaType: 'application/edf',
      },
    ]);
  });
});

describe('what is not sent', () => {
  const binary = { resourceType: 'Binary', id: 'b-1', contentType: 'application/edf' };
  const whole = { ...binary, data: edfBeat().toString('base64') };
  const byUrl = ecgDocument({ contentType: 'application/edf', url: 'Binary/b-1' });
  const answerWith = (found: object, status = 200) =>
    fhir.answerWith((request, response) =>
      request.url === '/r4/Binary/b-1' ? json(response, found, status) : json(response, byUrl),
    );

  it('is read from the FHIR server of the call: the Binary of a document', async () => {
    answerWith(whole);
    const { status } = await call(ecg(byUrl), withServer());
    expect(status).toBe(200);
    expect(fhir.seen).toEqual([{ url: '/r4/Binary/b-1', authorization: 'Bearer token-1' }]);
  });

  it('is read by an absolute address of that server, and the document behind an Observation too', async () => {
    answerWith(whole);
    const derivedFrom = [{ reference: `${fhir.url}/DocumentReference/doc-1` }];
    const { status } = await call(ecg(ecgObservation({}, { component: undefined, derivedFrom })), withServer());
    expect(status).toBe(200);
    expect(fhir.seen.map(({ url }) => url)).toEqual(['/r4/DocumentReference/doc-1', '/r4/Binary/b-1']);
  });

  it('is not read where a Bundle brings it', async () => {
    answerWith(whole);
    expect((await call(ecg(byUrl, whole), withServer())).status).toBe(200);
    expect(fhir.seen).toEqual([]);
  });

  it.each<[string, number, RegExp, () => object, object]>([
    ['a server that has it not', 412, /does not have it \(404\)/, () => withServer(), [whole, 404]],
    [
      'a server that is not listed',
      412,
      /not one that the operator allows/,
      () => withServer({ fhirServer: 'http://127.0.0.1:9/r4' }),
      [whole],
    ],
    ['no token', 412, /brings no token/, () => ({ fhirServer: fhir.url }), [whole]],
    ['another Binary', 412, /answered something else/, () => withServer(), [{ ...whole, id: 'b-2' }]],
    [
      'a Binary of another patient',
      400,
      /another patient/,
      () => withServer(),
      [{ ...whole, securityContext: { reference: 'Patient/p-2' } }],
    ],
    ['a Binary that is too large', 412, /too large/, () => withServer(), [{ ...whole, data: 'A'.repeat(6_000_000) }]],
    [
      'a Binary cut off',
      412,
      /fewer records/,
      () => withServer(),
      [{ ...whole, data: edfBeat().subarray(0, 900).toString('base64') }],
    ],
  ])('is a refusal with %s', async (_what, expected, says, changes, found) => {
    const [resource, code = 200] = found as [object, number?];
    answerWith(resource, code);
    const { status, text } = await call(ecg(byUrl), changes());
    expect({ status, text }).toEqual({ status: expected, text: expect.stringMatching(says) });
  });

  it('is not asked of a server that an address names', async () => {
    answerWith(whole);
    const elsewhere = ecgDocument({ contentType: 'application/edf', url: 'http://127.0.0.1:9/r4/Binary/b-1' });
    const { status, text } = await call(ecg(elsewhere), withServer());
    expect({ status, text }).toEqual({ status: 412, text: expect.stringMatching(/does not lie on the FHIR server/) });
    expect(fhir.seen).toEqual([]);
  });

  it('a document of another patient behind an Observation ends the call', async () => {
    fhir.answerWith((_request, response) =>
      json(response, ecgDocument(file('application/edf', edfBeat()), { subject: { reference: 'Patient/p-2' } })),
    );
    const derivedFrom = [{ reference: 'DocumentReference/doc-1' }];
    const { status, text } = await call(ecg(ecgObservation({}, { component: undefined, derivedFrom })), withServer());
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('DH_CDS_PATIENT_MISMATCH') });
  });

  it('is read to its last page: the newest recording may stand there', async () => {
    const first = searchset([ecgObservation(sampledData(BEAT))], { link: [{ relation: 'next', url: 'x' }] });
    const alone = await call({ ecg: first });
    expect({ status: alone.status, text: alone.text }).toEqual({
      status: 412,
      text: expect.stringContaining('only the first page'),
    });
    const newer = ecgObservation(sampledData(['E', ...BEAT.slice(1)]), {
      id: 'ecg-2',
      effectiveDateTime: '2026-11-20T09:00:00Z',
    });
    fhir.answerWith((_request, response) => json(response, searchset([ecgObservation(sampledData(BEAT)), newer])));
    const { status, text } = await call({ ecg: first }, withServer());
    expect({ status, text }).toEqual({ status: 412, text: expect.stringContaining('not measured') });
  });
});

describe('what cannot be used', () => {
  it('is 412 with the codes of the recording', async () => {
    const { status, json: answer } = await call({});
    expect(status).toBe(412);
    expect(answer.issue[0].details).toMatchObject({ text: 'ecg: ecg' });
    expect(answer.issue[0].details.coding).toContainEqual(expect.objectContaining({ code: '11524-6' }));
  });

  it.each<[string, RegExp, (number | string)[]]>([
    ['a flat line, of which the runtime knows', /flat/, BEAT.map(() => 1024)],
    ['a value that no lead can have', /valid range/, [9000, ...BEAT.slice(1)]],
  ])('is 412 for %s', async (_what, says, steps) => {
    const { status, json: answer } = await call(ecg(ecgObservation(sampledData(steps))));
    expect({ status, says: answer.issue[0].diagnostics }).toEqual({ status: 412, says: expect.stringMatching(says) });
    expect(answer.issue[0].details.coding).toContainEqual(expect.objectContaining({ code: '11524-6' }));
  });

  it('is a card without a number where the binding says so', async () => {
    const resources = ecg(ecgObservation(sampledData(['U', ...BEAT.slice(1)])));
    const { status, json: answer } = await call(resources, {}, 'ecg-beat-abstaining');
    expect(status).toBe(200);
    expect(answer.cards[0].summary).toContain('no result');
    expect(answer.cards[0].detail).toContain('**ecg** cannot be used as it was recorded');
    expect(answer.cards[0].extension['eu.deephealth.finding'].unusable).toEqual([
      { column: 'ecg', why: 'unreadable', missing: 'abstain' },
    ]);
  });
});

describe('a picture', () => {
  const golden = JSON.parse(
    readFileSync(`${ECG_SAMPLE}/../../chest-xray-pneumonia/1.0.0/golden/both-dense.json`, 'utf8'),
  );
  const png = Buffer.from(golden.inputs.xray.image.base64, 'base64');
  const media = (content: object, more: object = {}) => ({
    resourceType: 'Media',
    id: 'm-1',
    status: 'completed',
    type: concept(XRAY),
    subject: about,
    createdDateTime: '2026-11-19T08:00:00Z',
    content,
    ...more,
  });
  const pictures = (...resources: object[]) => ({ pictures: searchset(resources) });

  it('goes to the runtime as it is, and is answered as the package says', async () => {
    const { status, json: answer } = await call(pictures(media(file('image/png', png))), {}, 'xray');
    expect(status).toBe(200);
    const expected = golden.expected.tensors.probabilities.values[1];
    expect(findingOf(answer).classes[1]?.probability).toBeCloseTo(expected, 5);
    expect(answer.cards[0].detail).toContain('| xray | image/png | 2026-11-19 08:00 UTC | 36643-5 (LOINC) |');
  });

  it.each<[string, RegExp, object]>([
    ['another file than it says', /holds no file of image\/png/, media(file('image/png', edfBeat()))],
    ['another form', /no form that is read: image\/png/, media(file('image/jpeg', png))],
    ['another code', /is not there/, media(file('image/png', png), { type: concept({ ...XRAY, code: '1' }) })],
    ['another week', /older than 7 days/, media(file('image/png', png), { createdDateTime: '2026-10-19T08:00:00Z' })],
    ['pixels that are cut off', /xray/, media(file('image/png', png.subarray(0, 60)))],
  ])('is refused with %s', async (_what, says, resource) => {
    const { status, text } = await call(pictures(resource), {}, 'xray');
    expect({ status, text }).toEqual({ status: 412, text: expect.stringMatching(says) });
  });

  it('of somebody else ends the call', async () => {
    const other = media(file('image/png', png), { subject: { reference: 'Patient/p-2' } });
    expect((await call(pictures(other), {}, 'xray')).status).toBe(400);
  });
});

describe('names in files and documents', () => {
  const CANARY = 'CanaryOfAPatient';
  const named = edfBeat();
  named.write(CANARY.padEnd(80), 8, 'latin1');
  const dicom = dicomFile({ '00080016': ['UI', '1.2.3'], '00100010': ['PN', CANARY], '54000100': ['SQ', []] });
  const doc = (attachment: object) => ecgDocument({ title: CANARY, ...attachment }, { description: CANARY });

  it.each<[string, number, object[]]>([
    ['an answer', 200, [doc(file('application/edf', named))]],
    ['a file of another form', 412, [doc(file('application/dicom', named))]],
    ['a file without a waveform', 412, [doc(file('application/dicom', dicom))]],
    ['a file cut off', 412, [doc(file('application/edf', named.subarray(0, 300)))]],
    ['an address', 412, [doc({ contentType: 'application/edf', url: `https://x.example/Binary/${CANARY}` })]],
    ['a Binary that is not there', 412, [doc({ contentType: 'application/edf', url: `Binary/${CANARY}` })]],
    ['samples', 412, [ecgObservation(sampledData([CANARY]))]],
    ['a unit', 412, [ecgObservation(sampledData(BEAT, { origin: { value: 0, code: CANARY, unit: CANARY } }))]],
    ['a Binary of nobody', 400, [{ resourceType: 'Binary', id: CANARY, contentType: CANARY, data: CANARY }]],
  ])('stay out of log and error: %s', async (_what, expected, resources) => {
    const { status, text } = await call(ecg(...resources));
    expect(status).toBe(expected);
    expect(text).not.toContain('Canary');
    expect(served.logged.join('\n')).not.toContain('Canary');
  });
});
