import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Device, DocumentReference, Provenance, RiskAssessment } from 'fhir/r4.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { BINDING, callBody, writeHeartPackage } from './heart-package.js';
import { type MedplumServer, startMedplumServer } from './medplum-server.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';
import { problemsOf } from './validators.js';

let folder: string;
let fhir: MedplumServer;
let stateFolder: string;
let served: ServedAdapter | undefined;
let probability = 0.95;

beforeAll(async () => {
  folder = await writeHeartPackage(temporaryFolder());
});
beforeEach(async () => {
  fhir = await startMedplumServer();
  stateFolder = temporaryFolder();
  probability = 0.95;
});
afterEach(async () => {
  await served?.stop();
  served = undefined;
});

async function serve(more: Partial<Parameters<typeof serveAdapter>[0]> = {}): Promise<ServedAdapter> {
  served = await serveAdapter({
    runtime: fakeRuntime(async (request) => soundAnswer(request, probability)),
    packages: [folder],
    writeBack: { fhirServer: `${fhir.url}/` },
    stateFolder,
    // So that both ways of naming the service agree over restarts.
    baseUrl: 'http://127.0.0.1:8081/deephealth',
    ...more,
  });
  return served;
}

const call = (changes: Record<string, unknown> = {}, service = 'heart-risk', patient = 'p-1') =>
  served?.post(
    `/deephealth/cds-services/${service}`,
    callBody('high-risk', { fhirServer: fhir.url, ...changes }, patient),
  );

/** What was told of the writing so far. */
const told = () =>
  (served?.logged ?? [])
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'write-back')
    .map(({ result }) => result);
const hasBeenTold = (...results: string[]) => expect.poll(told, { timeout: 20_000 }).toEqual(results);
const outbox = () => readFileSync(join(stateFolder, 'write-back.ndjson'), 'utf8');
const results = async () => (await fhir.search('RiskAssessment')) as RiskAssessment[];

describe('a result that was shown', () => {
  it('is written as a risk in percent, labelled as asserted by software, with its model, its card and its provenance', async () => {
    await serve();
    const answer = await call({ context: { userId: 'Practitioner/d-1', patientId: 'p-1', encounterId: 'e-1' } });
    expect(answer?.status).toBe(200);
    await hasBeenTold('written');
    const [result] = await results();
    expect(result).toMatchObject({
      status: 'preliminary',
      meta: { security: [{ code: 'AIAST' }] },
      subject: { reference: 'Patient/p-1' },
      encounter: { reference: 'Encounter/e-1' },
    });
    const shown = answer?.json.cards[0].extension['eu.deephealth.finding'];
    const percent = shown.probability * 100;
    const about = result?.prediction?.find(({ outcome }) => outcome?.text === shown.label);
    expect(about?.probabilityRange).toMatchObject({
      low: { value: percent, code: '%', system: 'http://unitsofmeasure.org' },
      high: { value: percent, code: '%' },
    });
    const [device] = (await fhir.search('Device')) as Device[];
    expect(result?.performer?.reference).toBe(`Device/${device?.id}`);
    const provenances = (await fhir.search(`Provenance?agent=Device/${device?.id}`)) as Provenance[];
    expect(provenances.map(({ target }) => target[0]?.reference)).toEqual([`RiskAssessment/${result?.id}`]);
    const [document] = (await fhir.search('DocumentReference')) as DocumentReference[];
    const used = provenances[0]?.entity?.map(({ what }) => what.reference);
    expect(used).toContain('Observation/p-1-cholesterol');
    expect(used).toContain(`DocumentReference/${document?.id}`);
    const card = readFileSync(join(folder, 'MODEL_CARD.md'), 'utf8');
    expect(Buffer.from(document?.content[0]?.attachment.data ?? '', 'base64').toString()).toBe(card);
    const all = [result, device, document, provenances[0]].flatMap((one) => (one === undefined ? [] : [one]));
    expect(all).toHaveLength(4);
    expect(all.flatMap(problemsOf)).toEqual([]);
  });

  it('is joined to the record of its call', async () => {
    await serve();
    await call();
    await hasBeenTold('written');
    const [record] = readFileSync(join(stateFolder, 'inferences.ndjson'), 'utf8').split('\n');
    const [result] = await results();
    expect(result?.identifier?.map(({ value }) => value)).toContain(JSON.parse(record ?? '').requestId);
  });

  it('is written once, however often the chart is opened with the same values', async () => {
    await serve();
    await call();
    await call();
    await hasBeenTold('written', 'known');
    expect(await results()).toHaveLength(1);
    probability = 0.96;
    await call();
    await call({}, 'heart-risk', 'p-2');
    await hasBeenTold('written', 'known', 'written', 'written');
    expect((await results()).map(({ subject }) => subject.reference).sort()).toEqual([
      'Patient/p-1',
      'Patient/p-1',
      'Patient/p-2',
    ]);
    expect(await fhir.search('Device')).toHaveLength(1);
    expect(await fhir.search('Provenance')).toHaveLength(3);
  });

  it('is found by its model alone where two models write', async () => {
    const other = await writeHeartPackage(temporaryFolder(), {
      ...BINDING,
      services: BINDING.services.slice(0, 1).map((service) => ({ ...service, id: 'other', title: 'Another' })),
    });
    await serve({ packages: [folder, other] }).catch(() => undefined);
    await call();
    await call({}, 'other');
    await hasBeenTold('written', 'written');
    const devices = (await fhir.search('Device')) as Device[];
    expect(devices).toHaveLength(2);
    for (const { id, identifier } of devices) {
      const [one, ...more] = (await fhir.search(`Provenance?agent=Device/${id}`)) as Provenance[];
      expect(more).toEqual([]);
      const target = (await results()).find((result) => one?.target[0]?.reference === `RiskAssessment/${result.id}`);
      expect(target?.performer?.reference).toBe(`Device/${id}`);
      expect(identifier?.[0]?.value).toMatch(/^heart-disease-risk\/1\.0\.0\/[0-9a-f]{64}$/);
    }
  });
});

describe('nothing is written', () => {
  it.each([
    ['of a call that names another FHIR server', { fhirServer: 'https://elsewhere.example/fhir' }, 'heart-risk', 0.95],
    ['of a call that names none', { fhirServer: undefined }, 'heart-risk', 0.95],
    ['of a service that runs in the shadow', {}, 'heart-risk-shadow', 0.95],
    ['where no card was made', {}, 'heart-risk', 0.01],
  ])('%s', async (_what, changes, service, found) => {
    probability = found;
    await serve();
    expect((await call(changes, service))?.status).toBe(200);
    // What comes after it is written, so there was time.
    probability = 0.95;
    await call({}, 'heart-risk', 'p-after');
    await hasBeenTold('written');
    expect((await results()).map(({ subject }) => subject.reference)).toEqual(['Patient/p-after']);
  });
});

describe('a FHIR server that', () => {
  it.each([
    ['is overloaded', 503],
    ['asks to wait', 429],
    ['cuts the connection', 0],
  ])('%s is asked again', async (_what, status) => {
    fhir.failNext(2, status);
    await serve();
    await call();
    await hasBeenTold('failed', 'written');
    expect(await results()).toHaveLength(1);
  });

  it('has carried it out and could not say so has it once', async () => {
    await serve();
    fhir.loseAnswerTo('POST /');
    await call();
    await hasBeenTold('failed', 'known');
    expect(await results()).toHaveLength(1);
    expect(await fhir.search('Provenance')).toHaveLength(1);
  });

  it('is away gets it after a restart of the service', async () => {
    fhir.failNext(1_000, 503);
    await serve();
    await call();
    await hasBeenTold('failed');
    const ready = await served?.get('/deephealth/health/ready');
    expect(ready?.json.writeBack).toEqual({ waiting: 1, isFailing: true });
    await served?.stop();
    fhir.failNext(0, 0);
    await serve();
    await hasBeenTold('written');
    expect(await results()).toHaveLength(1);
    await served?.stop();
    await serve();
    // What is written leaves no value behind.
    expect(outbox()).not.toContain('probabilityRange');
    expect(outbox()).not.toContain('p-1');
    expect(outbox()).toMatch(/"as":"written","reference":"RiskAssessment\/[0-9a-f-]+"/);
  });

  it('refuses is not asked again, and the operator is told', async () => {
    fhir.failNext(1, 403);
    await serve();
    await call();
    await hasBeenTold('refused');
    expect(served?.logged.join('\n')).toContain('"reason":"the FHIR server answered with status 403"');
    expect(served?.logged.join('\n')).not.toContain('p-1');
  });

  it('overlooks the search parameter is not believed', async () => {
    await fhir.create({
      resourceType: 'RiskAssessment',
      id: 'of-another',
      status: 'final',
      subject: { reference: 'Patient/x' },
    });
    fhir.overlookSearchParameters();
    await serve();
    await call();
    await hasBeenTold('written');
    expect(await results()).toHaveLength(2);
  });
});

describe('tokens', () => {
  it('are asked for before each request, and sent to that server alone', async () => {
    const tokens = ['token-1', 'token-2'];
    await serve({ writeBack: { fhirServer: fhir.url, accessToken: () => tokens.shift() ?? 'none' } });
    await call();
    await hasBeenTold('written');
    expect(fhir.authorizations).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(served?.logged.join('\n')).not.toContain('token-');
  });

  it('that cannot be had make it wait', async () => {
    let isThere = false;
    const accessToken = () => (isThere ? 'token' : Promise.reject(new Error('secret-of-the-operator')));
    await serve({ writeBack: { fhirServer: fhir.url, accessToken } });
    await call();
    await hasBeenTold('failed');
    isThere = true;
    await hasBeenTold('failed', 'written');
    expect(served?.logged.join('\n')).not.toContain('secret-of-the-operator');
  });
});

it('refuses an address that is none', async () => {
  await expect(serve({ writeBack: { fhirServer: 'nowhere' } })).rejects.toMatchObject({
    code: 'DH_CONFIG_INVALID',
    details: { setting: 'writeBack.fhirServer' },
  });
});
