import type { adapterV1 } from '@deephealth/proto';
import { credentials, Metadata, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlatformBinding, PlatformCall, PlatformFace, PlatformOutput } from '../src/adapter/platform-face.js';
import { type ContractFaceOptions, serveContractFace } from '../src/adapter/serve-contract-face.js';
import { type AdapterClient, createAdapterClient } from '../src/client/adapter-client.js';
import { DeepHealthError } from '../src/errors/deephealth-error.js';
import { event, serverInfo, startScriptedRuntime } from './scripted-runtime.js';
import { makeTestCertificate, type TestCertificate } from './test-certificate.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const IDENTITY = makeTestCertificate();
const DIGEST = 'c'.repeat(64);
const BINDINGS: readonly PlatformBinding[] = ['one', 'shadow'].map((id) => ({
  id,
  modelName: 'm',
  modelVersion: '2',
  packageSha256: DIGEST,
  entryPoint: 'patient-view',
  isShadow: id === 'shadow',
  isSwitchedOff: false,
  inputMediaTypes: ['application/json', 'text/plain'],
  outputMediaType: 'application/cards',
}));
const GIVEN: PlatformOutput = {
  output: Buffer.from('out'),
  runs: [{ requestId: 'r', provenance: { modelName: 'm', packageSha256: DIGEST } }],
};

interface Face extends Partial<PlatformFace> {
  readonly seen?: PlatformCall[];
}

/** What a vendor would write; `seen` gets the calls that come to it. */
function vendorFace({ seen = [], ...over }: Face = {}): PlatformFace {
  return {
    describe: () => ({ name: 'vendor', version: '3', platform: 'generic', profiles: ['adapter-common'] }),
    bindings: () => BINDINGS,
    health: async () => ({ state: 'ADAPTER_STATE_SERVING', bindings: [] }),
    run: async (call) => {
      seen.push(call);
      return GIVEN;
    },
    ...over,
  };
}

async function served(face: PlatformFace | undefined, options: Partial<ContractFaceOptions> = {}) {
  const contract = await serveContractFace({
    runtime: '127.0.0.1:1',
    ...(face && { platform: face }),
    ...options,
  });
  cleanUps.push(() => contract.stop(0));
  return { contract, client: clientOf(contract.address) };
}

function clientOf(address: string, more: object = {}): AdapterClient {
  const client = createAdapterClient({ address, ...more });
  cleanUps.push(() => client.close());
  return client;
}

const request = (over: adapterV1.RunBindingRequest = {}) => ({
  bindingId: 'one',
  input: Buffer.from('{}'),
  mediaType: 'application/json',
  ...over,
});
const failure = (asked: Promise<unknown>): Promise<DeepHealthError> =>
  asked.then(
    () => expect.fail('it was answered'),
    (error) => error as DeepHealthError,
  );

describe('what an adapter says of itself', () => {
  it('[DH-R-042] names the runtime as that names itself, the contract, and no runtime while there is none', async () => {
    const runtime = await startScriptedRuntime({
      getServerInfo: (_, callback) => callback(null, { ...serverInfo, engine: 'engine/4' }),
    });
    const { client } = await served(vendorFace(), { runtime: runtime.address });
    const told = await client.describe();
    expect(told).toMatchObject({ name: 'vendor', version: '3', platform: 'generic', profiles: ['adapter-common'] });
    expect(told.contractVersions).toEqual([{ major: 1, minor: 0 }]);
    expect(told.runtime).toEqual({ name: 'scripted', version: '9.9.9', engine: 'engine/4' });
    expect(JSON.stringify(told)).not.toContain(runtime.address);
    runtime.stop();
    const without = await client.describe();
    expect([without.name, without.runtime ?? undefined]).toEqual(['vendor', undefined]);
  });

  it('[DH-R-043] lists its bindings without a runtime, those in shadow too', async () => {
    const { client } = await served(vendorFace());
    expect(await client.listBindings()).toEqual(BINDINGS);
  });

  it('[DH-R-044] tells the health of each binding as the vendor sees it', async () => {
    const bindings: adapterV1.BindingHealth[] = [
      { bindingId: 'one', state: 'BINDING_STATE_MODEL_NOT_READY', reason: 'It is verified still.' },
      { bindingId: 'shadow', state: 'BINDING_STATE_READY', reason: '' },
    ];
    const health: adapterV1.CheckHealthResponse = { state: 'ADAPTER_STATE_OVERLOADED', bindings };
    const { client } = await served(vendorFace({ health: async () => health }));
    expect(await client.checkHealth()).toEqual(health);
  });

  it('is not there unless the vendor gives it: every method is answered UNIMPLEMENTED', async () => {
    const { client } = await served(undefined);
    const asked = [client.describe(), client.listBindings(), client.checkHealth(), client.runBinding(request())];
    for (const one of asked) expect((await failure(one)).code).toBe('DH_FEATURE_UNSUPPORTED');
  });
});

describe('a binding that is run', () => {
  it('[DH-R-045] gives what the vendor gives, with the answers behind it', async () => {
    const seen: PlatformCall[] = [];
    const { client } = await served(vendorFace({ seen }));
    const given = await client.runBinding(request({ mediaType: 'Application/JSON; charset=utf-8' }));
    expect(given.output.toString()).toBe('out');
    expect(given).toMatchObject({ mediaType: 'application/cards', isShadow: false });
    expect(given.runs).toMatchObject([{ requestId: 'r', provenance: { modelName: 'm', packageSha256: DIGEST } }]);
    expect((await client.runBinding(request({ bindingId: 'shadow' }))).isShadow).toBe(true);
    expect(seen[0]).toMatchObject({ bindingId: 'one', mediaType: 'Application/JSON; charset=utf-8' });
    expect(seen[0]?.input.toString()).toBe('{}');
  });

  it('tells the vendor what the caller shows, where it comes from, and how long it waits', async () => {
    const seen: PlatformCall[] = [];
    const { client } = await served(vendorFace({ seen }));
    const metadata = new Metadata();
    metadata.set('x-more', 'more');
    await client.runBinding(request(), { authorization: 'Bearer a', metadata, deadlineMs: 4_000 });
    const [call] = seen;
    expect([call?.caller.header('authorization'), call?.caller.header('x-more')]).toEqual(['Bearer a', 'more']);
    expect([call?.caller.address, call?.caller.certificate]).toEqual(['127.0.0.1', undefined]);
    expect(Math.abs((call?.deadlineMs ?? 0) - (Date.now() + 4_000))).toBeLessThan(1_000);
    // What the caller gave for one call is not changed by it.
    expect(metadata.get('authorization')).toEqual([]);
  });

  it.skipIf(IDENTITY === undefined)('tells the vendor the certificate that the caller has the key of', async () => {
    const { certificate, key, fingerprint } = IDENTITY as TestCertificate;
    const seen: PlatformCall[] = [];
    const pair = { private_key: key, cert_chain: certificate };
    const { contract } = await served(vendorFace({ seen }), {
      credentials: ServerCredentials.createSsl(certificate, [pair], true),
    });
    const client = clientOf(contract.address, { credentials: credentials.createSsl(certificate, key, certificate) });
    await client.runBinding(request());
    const shown = seen[0]?.caller.certificate;
    expect(shown?.sha256).toBe(fingerprint);
    expect(shown?.validTo.getTime()).toBeGreaterThan(Date.now());
  });

  it.each<[string, adapterV1.RunBindingRequest, string]>([
    ['of no such id', { bindingId: 'two' }, 'DH_BINDING_NOT_FOUND'],
    ['of an empty id', { bindingId: '' }, 'DH_BINDING_NOT_FOUND'],
    ['with another media type', { mediaType: 'application/dicom' }, 'DH_MEDIA_TYPE_UNSUPPORTED'],
    ['without a media type', { mediaType: '' }, 'DH_MEDIA_TYPE_UNSUPPORTED'],
  ])('[DH-R-047] is refused %s, and the vendor is not asked', async (_, over, code) => {
    const seen: PlatformCall[] = [];
    const { client } = await served(vendorFace({ seen }));
    expect((await failure(client.runBinding(request(over)))).code).toBe(code);
    expect(seen).toEqual([]);
  });

  it.each<[string, unknown, object]>([
    [
      'an error of the catalogue',
      new DeepHealthError('DH_QUEUE_FULL', 'Full.', { details: { model: 'm' }, retryAfterMs: 1_500 }),
      { code: 'DH_QUEUE_FULL', message: 'Full.', retryAfterMs: 1_500 },
    ],
    ['what is none', new Error('ENOENT: /srv/secret of patient-7'), { code: 'DH_INTERNAL' }],
    ['an abort', new DOMException('patient-7', 'AbortError'), { code: 'DH_INTERNAL' }],
  ])('ends with %s as the catalogue has it, and the log sees what was thrown', async (_, thrown, told) => {
    const logged: unknown[] = [];
    const face = vendorFace({ run: () => Promise.reject(thrown) });
    const { client } = await served(face, { onError: (one) => logged.push(one) });
    const error = await failure(client.runBinding(request()));
    expect(error).toMatchObject(told);
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/srv|patient/);
    expect(logged).toEqual([thrown]);
  });

  it('is left when the caller leaves, or lets its deadline pass', async () => {
    for (const how of ['cancel', 'deadline']) {
      const [asked, left] = [event(), event()];
      const run = ({ signal }: PlatformCall) =>
        new Promise<PlatformOutput>(() => {
          signal.addEventListener('abort', () => left.happen());
          asked.happen();
        });
      const { client } = await served(vendorFace({ run }));
      const cancel = new AbortController();
      const settings = how === 'cancel' ? { signal: cancel.signal } : { deadlineMs: 400 };
      const ended = failure(client.runBinding(request(), settings));
      await asked.happened;
      if (how === 'cancel') cancel.abort();
      expect((await ended).code).toBe(how === 'cancel' ? 'DH_CANCELLED' : 'DH_DEADLINE_EXCEEDED');
      await left.happened;
    }
  });

  it('is asked once, and what only reads again, while the adapter says that it will be back', async () => {
    let asked = 0;
    const away = () => {
      asked += 1;
      throw new DeepHealthError('DH_SERVER_STOPPING', 'Back soon.');
    };
    const { client } = await served(vendorFace({ run: async () => away(), health: async () => away() }));
    expect((await failure(client.runBinding(request()))).code).toBe('DH_SERVER_STOPPING');
    expect(asked).toBe(1);
    expect((await failure(client.checkHealth())).code).toBe('DH_SERVER_STOPPING');
    expect(asked).toBeGreaterThan(2);
  });
});
