import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { type FhirHandler, type FhirServer, json, startFhirServer } from './fhir-server.js';
import { callBody, goldenCase, patientResources, searchset, writeHeartPackage } from './heart-package.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const PATH = '/cds-services/heart-risk';
const TOKEN = 'token-of-the-caller';
const { patient, observations } = patientResources(goldenCase('high-risk').table, 'p-1');

let fhir: FhirServer;
let elsewhere: FhirServer;
let served: ServedAdapter;
let folder: string;

beforeAll(async () => {
  fhir = await startFhirServer();
  elsewhere = await startFhirServer();
  folder = await writeHeartPackage(temporaryFolder());
  served = await serveAdapter({
    runtime: fakeRuntime(async (request) => soundAnswer(request, 0.95)),
    packages: [folder],
    fhirServers: [`${fhir.url}/`],
  });
});
afterAll(() => served?.stop());

const authorization = { access_token: TOKEN, token_type: 'Bearer', expires_in: 300, scope: 'x', subject: 'cds' };
const call = (prefetch: unknown, changes: Record<string, unknown> = {}) =>
  served.post(
    PATH,
    callBody('high-risk', { prefetch, fhirServer: fhir.url, fhirAuthorization: authorization, ...changes }),
  );

const whole: FhirHandler = (request, response) => {
  if (request.url === '/r4/Patient/p-1') return json(response, patient);
  return json(response, searchset(observations));
};

/** Pages of four. */
const paged: FhirHandler = (request, response) => {
  if (request.url?.startsWith('/r4/Patient') === true) return json(response, patient);
  const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page') ?? 0);
  const part = observations.slice(page * 4, page * 4 + 4);
  const isLast = (page + 1) * 4 >= observations.length;
  return json(
    response,
    searchset(part, isLast ? {} : { link: [{ relation: 'next', url: `${fhir.url}?page=${page + 1}` }] }),
  );
};

describe('what was not sent as prefetch', () => {
  it.each([
    ['nothing is sent', undefined],
    ['one key is sent', { patient }],
    [
      'a key tells an error',
      { patient, findings: { resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] } },
    ],
    [
      'a key is only a first page',
      { patient, findings: searchset(observations.slice(0, 2), { link: [{ relation: 'next', url: 'x' }] }) },
    ],
  ])('is read from the FHIR server of the caller if %s', async (_what, prefetch) => {
    fhir.answerWith(whole);
    const { status, json: answer } = await call(prefetch);
    expect({ status, cards: answer.cards?.length }).toEqual({ status: 200, cards: 1 });
    expect(fhir.seen.map(({ url }) => url)).toContain('/r4/Observation?patient=p-1');
    expect(fhir.seen.every(({ authorization: sent }) => sent === `Bearer ${TOKEN}`)).toBe(true);
  });

  it('is not asked for if all was sent', async () => {
    fhir.answerWith(whole);
    const { status } = await call({ patient, findings: searchset(observations) });
    expect({ status, seen: fhir.seen }).toEqual({ status: 200, seen: [] });
  });

  it('is not asked for where null says that there is none', async () => {
    fhir.answerWith(whole);
    const { status } = await call({ patient, findings: null });
    expect({ status, seen: fhir.seen }).toEqual({ status: 412, seen: [] });
  });

  it('is read over all pages', async () => {
    fhir.answerWith(paged);
    const { status, json: answer } = await call({});
    expect({ status, cards: answer.cards?.length }).toEqual({ status: 200, cards: 1 });
    expect(fhir.seen).toHaveLength(1 + Math.ceil(observations.length / 4));
  });
});

describe('a FHIR server', () => {
  const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'security' }] };
  const findings =
    (handler: FhirHandler): FhirHandler =>
    (request, response) =>
      request.url?.startsWith('/r4/Patient') === true ? json(response, patient) : handler(request, response);

  it.each<[string, FhirHandler, RegExp]>([
    [
      'that refuses the token',
      findings((_q, response) => json(response, outcome, 401)),
      /does not let this token read it/,
    ],
    ['that forbids it', findings((_q, response) => json(response, outcome, 403)), /does not let this token read it/],
    ['that has nothing there', findings((_q, response) => json(response, outcome, 404)), /does not have it/],
    ['that fails', findings((_q, response) => json(response, outcome, 500)), /refused or failed \(500\)/],
    ['that answers an error with 200', findings((_q, response) => json(response, outcome)), /tells an error/],
    ['that answers no JSON', findings((_q, response) => response.end('<html>')), /no JSON/],
    ['that answers no resource', findings((_q, response) => json(response, [1])), /no FHIR resource/],
    ['that breaks off', findings((_q, response) => response.destroy()), /could not be reached/],
    [
      'that redirects',
      findings((_q, response) => response.writeHead(302, { location: elsewhere.url }).end()),
      /redirects/,
    ],
    [
      'whose next page lies elsewhere',
      findings((_q, response) =>
        json(response, searchset(observations, { link: [{ relation: 'next', url: `${elsewhere.url}/x` }] })),
      ),
      /another server/,
    ],
    [
      'whose pages never end',
      findings((_q, response) =>
        json(response, searchset([], { link: [{ relation: 'next', url: `${fhir.url}?again` }] })),
      ),
      /more than 20 pages/,
    ],
    ['that sends without end', findings((_q, response) => endless(response)), /too large/],
    [
      'about another patient',
      findings((_q, response) =>
        json(response, searchset(patientResources(goldenCase('low-risk').table, 'p-2').observations)),
      ),
      /patient/,
    ],
  ])('%s leads to a refusal that says so, and the token goes nowhere else', async (_what, handler, says) => {
    fhir.answerWith(handler);
    elsewhere.answerWith(whole);
    const { status, text } = await call({});
    expect(status === 412 || status === 400).toBe(true);
    expect(text).toMatch(says);
    expect(text).not.toContain('cards');
    expect(text).not.toContain(TOKEN);
    expect(elsewhere.seen).toEqual([]);
  });

  it('that is slow is waited for only so long that the refusal is in time', async () => {
    fhir.answerWith(() => undefined);
    const impatient = await serveAdapter({
      runtime: fakeRuntime(async (request) => soundAnswer(request, 0.95)),
      packages: [folder],
      fhirServers: [fhir.url],
      deadlineMs: 400,
    });
    const started = performance.now();
    const { status, text } = await impatient.post(
      PATH,
      callBody('high-risk', { prefetch: {}, fhirServer: fhir.url, fhirAuthorization: authorization }),
    );
    expect(performance.now() - started).toBeLessThan(400);
    expect({ status, text }).toMatchObject({ status: 412 });
    expect(text).toMatch(/did not answer in time/);
    await impatient.stop();
  });

  it.each([
    ['that the operator has not listed', () => ({ fhirServer: elsewhere.url }), /not one that the operator allows/],
    ['below the listed one', () => ({ fhirServer: `${fhir.url}/../admin` }), /not one that the operator allows/],
    ['without a token', () => ({ fhirAuthorization: undefined }), /brings no token/],
    [
      'with a token that has expired',
      () => ({ fhirAuthorization: { ...authorization, expires_in: 0 } }),
      /has expired/,
    ],
  ])('%s is not asked', async (_what, changes, says) => {
    fhir.answerWith(whole);
    elsewhere.answerWith(whole);
    const { status, text } = await call({}, changes());
    expect(status).toBe(412);
    expect(text).toMatch(says);
    expect([...fhir.seen, ...elsewhere.seen]).toEqual([]);
  });
});

function endless(response: Parameters<FhirHandler>[1]): void {
  const chunk = `"${'x'.repeat(1024 * 1024)}`;
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  response.writeHead(200);
  more();
}
