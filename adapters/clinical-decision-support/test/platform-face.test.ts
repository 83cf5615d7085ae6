import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AdapterClient,
  type CallSettings,
  type ContractFace,
  createAdapterClient,
  DeepHealthError,
  type RuntimeClient,
  serveContractFace,
} from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { BINDING, callBody, writeHeartPackage } from './heart-package.js';
import { startRuntimeProcess } from './runtime-process.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { bearer, createSigningClient, NOW, type SigningClient } from './signing-client.js';
import { temporaryFolder } from './temporary-folder.js';

const BASE = 'https://cds.example';
const ID = 'heart-risk';
const SHADOW = 'heart-risk-shadow';
const PATH = `/cds-services/${ID}`;
const JSON_TYPE = 'application/json';
const INPUT = Buffer.from(JSON.stringify(callBody('high-risk')));

let hospital: SigningClient;
let served: ServedAdapter;
let face: ContractFace;
let client: AdapterClient;
let predict: RuntimeClient['predict'];
let asked: { requestId: string; settings: CallSettings }[] = [];

beforeAll(async () => {
  const [service] = BINDING.services;
  const binding = { ...BINDING, services: [service, { ...service, id: SHADOW, isShadow: true }] } as typeof BINDING;
  const folder = await writeHeartPackage(temporaryFolder(), binding);
  hospital = await createSigningClient('https://hospital.example', 'ES384', 'key-1');
  served = await serveAdapter({
    runtime: fakeRuntime((request, settings = {}) => {
      asked.push({ requestId: request.requestId ?? '', settings });
      return predict(request, settings);
    }),
    packages: [folder],
    baseUrl: BASE,
    now: () => NOW,
    maxBodyBytes: 1024 * 1024,
    trust: { clients: [{ issuer: 'https://hospital.example', jwks: hospital.keySet }] },
  });
  face = await serveContractFace({ runtime: '127.0.0.1:1', platform: served.adapter.platformFace });
  client = createAdapterClient({ address: face.address });
});
afterAll(async () => {
  client?.close();
  await face?.stop(0);
  await served?.stop();
});

const sound: RuntimeClient['predict'] = async (request) => soundAnswer(request, 0.95);
const token = async (id = ID) => bearer(await hospital.token({ claims: { aud: `${BASE}/cds-services/${id}` } }));

/** A run with a good token unless another is given. */
async function run(changes: { bindingId?: string; input?: Buffer; mediaType?: string } = {}, settings: object = {}) {
  asked = [];
  predict = sound;
  const { bindingId = ID } = changes;
  const authorization = await token(bindingId);
  const request = { bindingId, input: INPUT, mediaType: JSON_TYPE, ...changes };
  return client.runBinding(request, { authorization, ...settings });
}

const failure = (tried: Promise<unknown>): Promise<DeepHealthError> =>
  tried.then(
    () => expect.fail('it was answered'),
    (error) => error as DeepHealthError,
  );

describe('what the adapter says of itself', () => {
  it('names its standards and its version, that of its package, and no runtime while there is none', async () => {
    const told = await client.describe();
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(told).toMatchObject({
      name: 'deephealth-clinical-decision-support',
      version,
      platform: 'clinical-decision-support',
      contractVersions: [{ major: 1, minor: 0 }],
    });
    expect(told.standards).toContainEqual({ name: 'CDS Hooks', version: '2.0.1' });
    expect(told.runtime ?? null).toBeNull();
  });

  it('lists every service with its hook, model and digest, those in shadow and switched off too', async () => {
    const { packageSha256 } = (await discovered())[0] as { packageSha256: string };
    await served.adapter.kill(ID);
    try {
      expect(await discovered()).toHaveLength(1);
      const listed = await client.listBindings();
      expect(listed.map(({ id, isShadow, isSwitchedOff }) => ({ id, isShadow, isSwitchedOff }))).toEqual([
        { id: ID, isShadow: false, isSwitchedOff: true },
        { id: SHADOW, isShadow: true, isSwitchedOff: false },
      ]);
      expect(listed[0]).toMatchObject({
        modelName: 'heart-disease-risk',
        modelVersion: '1.0.0',
        packageSha256,
        entryPoint: 'patient-view',
        inputMediaTypes: [JSON_TYPE],
        outputMediaType: JSON_TYPE,
      });
    } finally {
      await served.adapter.revive(ID);
    }
  });

  it('says of a service that it is switched off, of the others what the runtime makes of them', async () => {
    await served.adapter.kill(SHADOW);
    try {
      // What is asked is remembered for a second.
      await expect
        .poll(() => client.checkHealth().then(({ bindings }) => bindings[1]?.state), { timeout: 5_000 })
        .toBe('BINDING_STATE_SWITCHED_OFF');
      const { state, bindings } = await client.checkHealth();
      expect(state).toBe('ADAPTER_STATE_SERVING');
      expect(bindings[0]).toMatchObject({ bindingId: ID, state: 'BINDING_STATE_RUNTIME_UNREACHABLE' });
      expect(bindings.every(({ reason }) => reason !== '')).toBe(true);
    } finally {
      await served.adapter.revive(SHADOW);
    }
  });
});

async function discovered(): Promise<object[]> {
  const path = '/cds-services';
  const authorization = bearer(await hospital.token({ claims: { aud: `${BASE}${path}` } }));
  const { json } = await served.get(path, { authorization });
  return json.services.map((one: { extension: Record<string, object> }) => one.extension['eu.deephealth.model']);
}

describe('a service that is run over the contract face', () => {
  it('gives what the same call over HTTP gives, with the answer of the runtime that it rests on', async () => {
    const { output, mediaType, runs, isShadow } = await run();
    const { json } = await served.post(PATH, callBody('high-risk'), { authorization: await token() });
    const bare = (text: unknown) => JSON.stringify(text).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid');
    expect(bare(JSON.parse(output.toString()))).toBe(bare(json));
    expect([mediaType, isShadow]).toEqual([JSON_TYPE, false]);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.requestId).toBe(asked[0]?.requestId);
    expect(runs[0]?.provenance).toMatchObject({ modelName: 'heart-disease-risk', runtime: 'fake/1' });
    expect(JSON.parse(served.logged.at(-2) ?? '')).toMatchObject({ by: 'contract-face', service: ID, status: 200 });
  });

  it('shows nothing of a service in shadow, and says that the model was asked', async () => {
    const { output, runs, isShadow } = await run({ bindingId: SHADOW });
    expect([JSON.parse(output.toString()), runs.length, isShadow]).toEqual([{ cards: [] }, 1, true]);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['without a token', async () => undefined],
    ['with a token for another service', () => token(SHADOW)],
    [
      'with a token for discovery',
      async () => bearer(await hospital.token({ claims: { aud: `${BASE}/cds-services` } })),
    ],
    [
      'with a token that was used over HTTP',
      async () => {
        const authorization = await token();
        expect((await served.post(PATH, callBody('high-risk'), { authorization })).status).toBe(200);
        return authorization;
      },
    ],
  ])('[DH-R-046] is refused %s before the runtime is asked', async (_, shown) => {
    predict = sound;
    const authorization = await shown();
    const error = await failure(run({}, { authorization }));
    expect(error.code).toBe('DH_CDS_UNAUTHENTICATED');
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/aud|replay|jwt|eyJ/i);
    expect(asked).toEqual([]);
    expect(JSON.parse(served.logged.at(-1) ?? '')).toMatchObject({ status: 401, refusal: expect.any(String) });
  });

  it('makes its token useless for HTTP', async () => {
    const authorization = await token();
    await run({}, { authorization });
    expect((await served.post(PATH, callBody('high-risk'), { authorization })).status).toBe(401);
  });

  it.each<[string, object, string]>([
    ['of no such id', { bindingId: 'nothing' }, 'DH_BINDING_NOT_FOUND'],
    ['with another media type', { mediaType: 'text/plain' }, 'DH_MEDIA_TYPE_UNSUPPORTED'],
    ['with another charset', { mediaType: 'application/json; charset=latin1' }, 'DH_CDS_MEDIA_TYPE_UNSUPPORTED'],
    ['with what is no JSON', { input: Buffer.from('{') }, 'DH_CDS_REQUEST_INVALID'],
    ['with a call that is too large', { input: Buffer.alloc(1024 * 1024 + 1, 0x20) }, 'DH_MESSAGE_TOO_LARGE'],
    [
      'without data',
      { input: Buffer.from(JSON.stringify(callBody('high-risk', { prefetch: {} }))) },
      'DH_CDS_DATA_MISSING',
    ],
  ])('is refused %s', async (_, changes, code) => {
    const error = await failure(run(changes));
    expect(error.code).toBe(code);
    expect(asked).toEqual([]);
  });

  it('is refused once it is switched off', async () => {
    await served.adapter.kill(ID);
    try {
      expect((await failure(run())).code).toBe('DH_CDS_SERVICE_OFF');
      expect(asked).toEqual([]);
    } finally {
      await served.adapter.revive(ID);
    }
  });

  it('[DH-R-048] gives the runtime no more time than the call has, and leaves it with the caller', async () => {
    const going = run({}, { deadlineMs: 2_000 });
    await going;
    const { deadlineMs = Number.NaN } = asked[0]?.settings ?? {};
    expect(deadlineMs).toBeLessThanOrEqual(2_000);
    expect(deadlineMs).toBeGreaterThan(500);
    const cancel = new AbortController();
    const authorization = await token();
    const left = new Promise<void>((resolve) => {
      predict = (_, settings) =>
        new Promise((_answer, reject) => {
          settings?.signal?.addEventListener('abort', () => {
            resolve();
            reject(new DeepHealthError('DH_CANCELLED', 'The call was cancelled.'));
          });
          cancel.abort();
        });
    });
    const request = { bindingId: ID, input: INPUT, mediaType: JSON_TYPE };
    const error = await failure(client.runBinding(request, { authorization, signal: cancel.signal }));
    expect(error.code).toBe('DH_CANCELLED');
    // Long before the deadline of the adapter ends the question, too.
    const wasLeft = left.then(() => true);
    expect(await Promise.race([wasLeft, delay(3_000, false, { ref: false })])).toBe(true);
  });
});

describe('a service that everyone on this machine may call', () => {
  it('is run for them, and for nobody who comes from elsewhere', async () => {
    const open = await serveAdapter({
      runtime: fakeRuntime(sound),
      packages: [await writeHeartPackage(temporaryFolder())],
    });
    try {
      const call = { bindingId: ID, input: INPUT, mediaType: JSON_TYPE, deadlineMs: Number.POSITIVE_INFINITY };
      const { signal } = new AbortController();
      const from = (address: string) =>
        open.adapter.platformFace.run({ ...call, signal, caller: { address, header: () => undefined } });
      expect((await from('127.0.0.1')).runs).toHaveLength(1);
      for (const address of ['10.1.2.3', 'unknown', '']) {
        expect((await failure(from(address))).code, address).toBe('DH_CDS_UNAUTHENTICATED');
      }
    } finally {
      await open.stop();
    }
  });
});

describe('an adapter that has as much to do as it takes, or stops', () => {
  it('says so, and refuses what comes beside it', async () => {
    let answer: () => void = () => undefined;
    const begun = new Promise<void>((begin) => {
      predict = async (request) => {
        begin();
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return soundAnswer(request, 0.95);
      };
    });
    const busy = await serveAdapter({
      runtime: fakeRuntime((request, settings) => predict(request, settings)),
      packages: [await writeHeartPackage(temporaryFolder())],
      maxInFlight: 1,
    });
    const { platformFace } = busy.adapter;
    const { signal } = new AbortController();
    const caller = { address: '127.0.0.1', header: () => undefined };
    const call = { bindingId: ID, input: INPUT, mediaType: JSON_TYPE, deadlineMs: Number.POSITIVE_INFINITY };
    const first = platformFace.run({ ...call, signal, caller });
    await begun;
    expect((await platformFace.health(signal)).state).toBe('ADAPTER_STATE_OVERLOADED');
    expect((await failure(platformFace.run({ ...call, signal, caller }))).code).toBe('DH_CDS_OVERLOADED');
    // One limit for both ways in.
    expect((await busy.post(PATH, callBody('high-risk'))).status).toBe(503);
    answer();
    expect((await first).runs).toHaveLength(1);
    expect((await platformFace.health(signal)).state).toBe('ADAPTER_STATE_SERVING');
    await busy.stop();
    expect((await platformFace.health(signal)).state).toBe('ADAPTER_STATE_STOPPING');
  });
});

describe('the adapter in front of a real runtime', () => {
  it('names it, is ready once that is, and runs an input from end to end', async () => {
    const store = temporaryFolder();
    const folder = await writeHeartPackage(store);
    const runtime = await startRuntimeProcess(store);
    const real = await serveAdapter({ runtime: runtime.address, packages: [folder] });
    const contract = await serveContractFace({ runtime: runtime.address, platform: real.adapter.platformFace });
    const asking = createAdapterClient({ address: contract.address });
    try {
      expect((await asking.describe()).runtime).toMatchObject({ name: 'deephealth-runtime' });
      const listed = await asking.listBindings();
      const binding = listed.find(({ id }) => id === ID);
      expect((await asking.checkHealth()).bindings).toEqual(
        listed.map(({ id }) => ({ bindingId: id, state: 'BINDING_STATE_READY', reason: '' })),
      );
      const { output, runs } = await asking.runBinding({ bindingId: ID, input: INPUT, mediaType: JSON_TYPE });
      const [card] = JSON.parse(output.toString()).cards;
      expect(card.extension['eu.deephealth.finding'].label).toBe('significant-narrowing');
      expect(runs[0]?.provenance).toMatchObject({
        packageSha256: binding?.packageSha256,
        onnxSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        executionProvider: 'cpu',
      });
    } finally {
      asking.close();
      await contract.stop(0);
      await real.stop();
      await runtime.stop();
    }
  });
});
