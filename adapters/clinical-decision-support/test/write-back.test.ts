import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle, Device, DocumentReference, Provenance, RiskAssessment } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, writeHeartPackage } from './heart-package.js';
import { type MedplumServer, startMedplumServer } from './medplum-server.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

let folder: string;
let fhir: MedplumServer;

beforeAll(async () => {
  folder = await writeHeartPackage(temporaryFolder());
  fhir = await startMedplumServer();
});

const serve = (more: Partial<Parameters<typeof serveAdapter>[0]> = {}) =>
  serveAdapter({
    runtime: fakeRuntime(async (request) => soundAnswer(request, 0.95)),
    packages: [folder],
    writeBack: { fhirServer: fhir.url },
    ...more,
  });

const call = async (served: ServedAdapter, changes: Record<string, unknown> = {}) => {
  const answer = await served.post('/cds-services/heart-risk', callBody('high-risk', { fhirServer: fhir.url, ...changes }));
  expect(answer.status).toBe(200);
  return answer.json.cards[0];
};

const written = (served: ServedAdapter, result: string, times = 1) =>
  expect
    .poll(() => served.logged.filter((line) => JSON.parse(line).event === 'write-back').map((line) => JSON.parse(line).result), {
      timeout: 10_000,
    })
    .toEqual(Array.from({ length: times }, () => result));

describe('a result', () => {
  it('is written with the model, its card and its provenance', async () => {
    const served = await serve();
    const card = await call(served);
    await written(served, 'written');
    const [device] = (await fhir.search('Device')) as Device[];
    const [result] = (await fhir.search('RiskAssessment')) as RiskAssessment[];
    const [document] = (await fhir.search('DocumentReference')) as DocumentReference[];
    console.log(JSON.stringify({ device, result, document: { ...document, content: 0 }, p: await fhir.search('Provenance') }, null, 1));
    const provenances = (await fhir.search(`Provenance?agent=Device/${device?.id}`)) as Provenance[];
    expect(provenances.map(({ target }) => target[0]?.reference)).toEqual([`RiskAssessment/${result?.id}`]);
    expect(card.uuid).toBeDefined();
    await served.stop();
    void sleep;
    void ({} as Bundle);
  });
});
