import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent } from 'fhir/r4.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { type FhirServer, json, startFhirServer } from './fhir-server.js';
import { callBody, goldenCase, patientResources, searchset, writeHeartPackage } from './heart-package.js';
import { type MedplumServer, startMedplumServer } from './medplum-server.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';
import { problemsOf } from './validators.js';

const TOKEN = 'token-of-the-caller';
let folder: string;
let source: FhirServer;
let fhir: MedplumServer;
let stateFolder: string;
let served: ServedAdapter | undefined;

beforeAll(async () => {
  folder = await writeHeartPackage(temporaryFolder());
});
beforeEach(async () => {
  source = await startSource();
  fhir = await startMedplumServer();
  stateFolder = temporaryFolder();
});
afterEach(async () => {
  await served?.stop();
  served = undefined;
});

async function serve(more: Partial<Parameters<typeof serveAdapter>[0]> = {}): Promise<ServedAdapter> {
  served = await serveAdapter({
    runtime: fakeRuntime(async (request) => soundAnswer(request, 0.95)),
    packages: [folder],
    fhirServers: [source.url],
    audit: {},
    stateFolder,
    ...more,
  });
  return served;
}

const authorization = { access_token: TOKEN, token_type: 'Bearer', expires_in: 300, scope: 'x', subject: 'cds-client' };
const call = (prefetch?: object, fhirServer = source.url) =>
  served?.post(
    '/cds-services/heart-risk',
    callBody('high-risk', {
      fhirServer,
      fhirAuthorization: authorization,
      ...(prefetch === undefined ? {} : { prefetch }),
    }),
  );
const file = (name = 'audit.ndjson') => join(stateFolder, name);
const events = (): AuditEvent[] =>
  readFileSync(file(), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .flatMap(({ event }) => (event === undefined ? [] : [event]));
const kinds = () => events().map(({ action, subtype }) => `${action} ${subtype?.[0]?.code}`);
const roleOf = (event: AuditEvent | undefined, code: string) =>
  event?.agent.find(({ type }) => type?.coding?.[0]?.code === code);

/** A FHIR server of the caller, with what the service asks for. */
async function startSource(): Promise<FhirServer> {
  const source = await startFhirServer();
  const { patient, observations } = patientResources(goldenCase('high-risk').table, 'p-1');
  source.answerWith((request, response) =>
    json(response, request.url?.startsWith('/r4/Patient/') ? patient : searchset(observations)),
  );
  return source;
}

describe('an audited call', () => {
  it('tells what was read, for whom, and that a model was asked, before the card is there', async () => {
    await serve();
    const answer = await call({});
    expect({ status: answer?.status, cards: answer?.json.cards?.length }).toEqual({ status: 200, cards: 1 });
    expect(kinds().sort()).toEqual(['E operation', 'E search-type', 'R read']);
    expect(events().flatMap(problemsOf)).toEqual([]);
    for (const { agent, entity, outcome } of events()) {
      expect(outcome).toBe('0');
      expect(entity?.find(({ role }) => role?.code === '1')?.what?.reference).toBe('Patient/p-1');
      expect(agent.filter(({ requestor }) => requestor).map(({ who }) => who?.reference)).toEqual([
        'Practitioner/dr-1',
      ]);
    }
    const search = events().find(({ action, subtype }) => action === 'E' && subtype?.[0]?.code === 'search-type');
    const query = search?.entity?.find(({ query: asked }) => asked !== undefined)?.query ?? '';
    expect(Buffer.from(query, 'base64').toString()).toBe(`GET ${source.url}/Observation?patient=p-1`);
    // Of a query, the client is the source (BALP, PatientQuery); of a read, the destination.
    expect(roleOf(search, '110153')?.who?.display).toBe('cds-client');
    const read = events().find(({ action }) => action === 'R');
    expect(roleOf(read, '110152')?.who?.display).toBe('cds-client');
    expect(roleOf(read, '110153')?.network?.address).toBe(source.url);
  });

  it('with a whole prefetch tells of no read', async () => {
    await serve();
    await call();
    expect(kinds()).toEqual(['E operation']);
    const models = events()[0]?.entity?.map(({ what }) => what?.identifier?.value);
    expect(models).toContainEqual(expect.stringMatching(/^heart-disease-risk\/1\.0\.0\/[0-9a-f]{64}$/));
  });

  it('names a client that is no address by a word, which servers refuse as a URI', async () => {
    await serve();
    await call();
    const [, ...others] = events()[0]?.agent ?? [];
    expect(events()[0]?.agent[0]).toMatchObject({ who: { display: 'anyone' } });
    expect(events()[0]?.agent[0]?.network).toBeUndefined();
    expect(others[0]?.who?.identifier?.system).toBe('urn:ietf:rfc:3986');
  });

  it('that fails tells why, without a value', async () => {
    source.answerWith((_request, response) => response.writeHead(403).end());
    await serve();
    expect((await call({}))?.status).toBe(412);
    await expect.poll(kinds).toContain('E operation');
    const failed = events();
    expect(failed.map(({ outcome }) => outcome)).toEqual(['4', '4', '4']);
    expect(failed.map(({ outcomeDesc }) => outcomeDesc)).toContain('DH_CDS_DATA_MISSING');
    expect(failed.flatMap(problemsOf)).toEqual([]);
  });

  it('tells of a result that was written', async () => {
    await serve({ writeBack: { fhirServer: fhir.url } });
    await call(undefined, fhir.url);
    await expect.poll(kinds).toEqual(['E operation', 'C create']);
    const created = events()[1];
    const what = created?.entity?.find(({ role }) => role?.code === '4')?.what?.reference;
    expect((await fhir.search('RiskAssessment')).map(({ id }) => `RiskAssessment/${id}`)).toEqual([what]);
    expect(created === undefined ? [] : problemsOf(created)).toEqual([]);
  });

  it('holds no token', async () => {
    await serve({ writeBack: { fhirServer: fhir.url, accessToken: () => 'token-of-the-operator' } });
    expect((await call({}))?.status).toBe(200);
    expect((await call(undefined, fhir.url))?.status).toBe(200);
    await expect.poll(kinds).toContain('C create');
    expect(source.seen.map(({ authorization: sent }) => sent)).toContain(`Bearer ${TOKEN}`);
    expect(readFileSync(file(), 'utf8')).not.toMatch(/token-of/);
  });
});

describe('a repository', () => {
  it('gets every event once, in order, though it was away', async () => {
    const repository = await startMedplumServer();
    repository.failNext(1_000, 503);
    await serve({ audit: { repository: repository.url } });
    await call();
    await expect.poll(() => repository.seen.length).toBeGreaterThan(0);
    await served?.stop();
    repository.failNext(0, 0);
    await serve({ audit: { repository: repository.url } });
    await call();
    await expect.poll(async () => (await repository.search('AuditEvent')).length, { timeout: 10_000 }).toBe(2);
    await expect.poll(async () => (await served?.get('/health/ready'))?.json.auditWaiting, { timeout: 5_000 }).toBe(0);
    const stored = (await repository.search('AuditEvent')) as AuditEvent[];
    const requests = (all: AuditEvent[]) => all.map(({ entity }) => entity?.at(-1)?.what?.identifier?.value);
    expect(new Set(requests(stored))).toEqual(new Set(requests(events())));
  });

  it('that refuses one gets the next, and the operator is told', async () => {
    const repository = await startMedplumServer();
    repository.failNext(1, 422);
    await serve({ audit: { repository: repository.url } });
    await call();
    await call();
    await expect.poll(async () => (await repository.search('AuditEvent')).length, { timeout: 10_000 }).toBe(1);
    await expect
      .poll(async () => (await served?.get('/health/ready'))?.json, { timeout: 5_000 })
      .toMatchObject({ auditWaiting: 0, auditRefused: 1 });
    expect(events()).toHaveLength(2);
  });
});

describe.each(['audit.ndjson', 'inferences.ndjson'])('%s', (name) => {
  const altered = () =>
    served?.logged.map((line) => JSON.parse(line)).filter(({ event }) => event === 'record-altered');

  async function threeCalls(): Promise<string[]> {
    await serve();
    for (let i = 0; i < 3; i += 1) await call();
    await served?.stop();
    return readFileSync(file(name), 'utf8').split('\n').slice(0, -1);
  }

  it('is whole after a restart', async () => {
    await threeCalls();
    await serve();
    await call();
    await served?.stop();
    await serve();
    expect(altered()).toEqual([]);
  });

  it.each<[string, (lines: string[]) => string[], number]>([
    ['one byte was changed', (lines) => lines.map((line, at) => (at === 1 ? line.replace('2026', '2027') : line)), 3],
    ['a line was taken out', (lines) => lines.filter((_, at) => at !== 1), 2],
    ['two lines were exchanged', ([one = '', two = '', three = '']) => [two, one, three], 1],
    ['a line was spoilt', (lines) => lines.map((line, at) => (at === 0 ? line.slice(2) : line)), 1],
  ])('tells the operator that %s', async (_what, change, line) => {
    const lines = await threeCalls();
    writeFileSync(
      file(name),
      change(lines)
        .map((one) => `${one}\n`)
        .join(''),
    );
    await serve();
    expect(altered()).toEqual([expect.objectContaining({ level: 'error', file: name, line })]);
    expect((await served?.get('/health/ready'))?.json.altered).toEqual([{ file: name, line }]);
  });

  it('that was cut off by a crash goes on', async () => {
    await threeCalls();
    appendFileSync(file(name), '{"kind":"inf');
    await serve();
    await call();
    await served?.stop();
    await serve();
    expect(altered()).toEqual([]);
  });
});
