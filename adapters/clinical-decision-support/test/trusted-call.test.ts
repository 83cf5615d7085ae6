import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, writeHeartPackage } from './heart-package.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { bearer, createSigningClient, NOW, type SigningClient } from './signing-client.js';
import { temporaryFolder } from './temporary-folder.js';

const BASE = 'https://cds.example/deephealth';
const PATH = '/cds-services/heart-risk';
let hospital: SigningClient;
let other: SigningClient;
let served: ServedAdapter;
const stateFolder = temporaryFolder();

beforeAll(async () => {
  const folder = await writeHeartPackage(temporaryFolder());
  hospital = await createSigningClient('https://hospital.example', 'ES384', 'key-1');
  other = await createSigningClient('https://other.example', 'RS384', 'key-2');
  served = await serveAdapter({
    runtime: fakeRuntime(async (request) => soundAnswer(request, 0.95)),
    packages: [folder],
    baseUrl: BASE,
    stateFolder,
    now: () => NOW,
    trust: {
      clients: [
        { issuer: 'https://hospital.example', jwks: hospital.keySet },
        { issuer: 'https://other.example', jwks: other.keySet },
      ],
    },
  });
});
afterAll(() => served?.stop());

const authorized = async (client: SigningClient, path: string) => ({
  authorization: bearer(await client.token({ claims: { aud: `${BASE}${path}` } })),
});

describe('a service for listed clients', () => {
  it('answers discovery, calls and feedback, each to a token for that very address', async () => {
    expect((await served.get('/cds-services', await authorized(hospital, '/cds-services'))).status).toBe(200);
    const { status, json } = await served.post(PATH, callBody('high-risk'), await authorized(hospital, PATH));
    expect(status).toBe(200);
    expect(json.cards[0].source.url).toBe(`${BASE}/models/heart-disease-risk/1.0.0`);
    const feedback = {
      feedback: [{ card: json.cards[0].uuid, outcome: 'overridden', outcomeTimestamp: NOW.toISOString() }],
    };
    const path = `${PATH}/feedback`;
    expect((await served.post(path, feedback, await authorized(hospital, PATH))).status).toBe(401);
    // Of another client, whose card it is not.
    expect((await served.post(path, feedback, await authorized(other, path))).json).toMatchObject({ unknown: 1 });
    expect((await served.post(path, feedback, await authorized(hospital, path))).json).toMatchObject({ stored: 1 });
    expect(readFileSync(join(stateFolder, 'inferences.ndjson'), 'utf8')).toContain(
      '"client":"https://hospital.example"',
    );
  });

  it.each([
    ['nobody', async () => ({}) as Record<string, string>],
    ['a token for another address', () => authorized(hospital, '/cds-services')],
    ['a token that says nothing', async () => ({ authorization: 'Bearer x.y.z' })],
    ['another scheme', async () => ({ authorization: 'Basic YTpi' })],
  ])('tells %s no more than 401, and the operator why', async (_what, headers) => {
    const { status, json, text } = await served.post(PATH, callBody('high-risk'), await headers());
    expect(status).toBe(401);
    expect(json.issue).toEqual([
      {
        severity: 'error',
        code: 'login',
        details: {
          coding: [{ system: 'urn:deephealth:error-code', code: 'DH_CDS_UNAUTHENTICATED' }],
          text: 'Not authenticated.',
        },
      },
    ]);
    expect(text).not.toMatch(/aud|token|issuer/);
    expect(JSON.parse(served.logged.at(-1) ?? '')).toMatchObject({ status: 401, refusal: expect.any(String) });
  });

  it('accepts a token once', async () => {
    const headers = await authorized(hospital, PATH);
    expect((await served.post(PATH, callBody('high-risk'), headers)).status).toBe(200);
    expect((await served.post(PATH, callBody('high-risk'), headers)).status).toBe(401);
  });

  it('does not say to strangers which services there are, and shows everyone the model card', async () => {
    expect((await served.post('/cds-services/nothing', callBody('high-risk'))).status).toBe(401);
    expect(
      (
        await served.post(
          '/cds-services/nothing',
          callBody('high-risk'),
          await authorized(hospital, '/cds-services/nothing'),
        )
      ).status,
    ).toBe(404);
    expect((await served.get('/models/heart-disease-risk/1.0.0')).status).toBe(200);
  });
});
