import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadContract } from '@deephealth/proto';
import {
  createControlClient,
  createRuntimeClient,
  type DeepHealthError,
  keyDigest,
  type RuntimeClient,
  serveContractFace,
} from '@deephealth/sdk';
import { runningSumModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METHOD_ACCESS } from '../src/access/method-access.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

const spec = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, 4] });
const row = (values: number[]) => ({ dataType: 'FP32' as const, shape: [1, 4], values });
const sumPackage: TestPackageOptions = {
  name: 'sum',
  model: runningSumModel(),
  tensors: { inputs: [spec('x'), spec('state')], outputs: [spec('y'), spec('state_out')] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }], idleTimeoutMs: 60_000 },
  },
  golden: [{ id: 'first', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } }],
};

const KEYS = {
  admin: { roles: ['admin'] },
  operator: { roles: ['operator'] },
  clinicianA: { roles: ['clinician'], tenant: 'ward-a' },
  clinicianB: { roles: ['clinician'], tenant: 'ward-b' },
  auditor: { roles: ['auditor'] },
  narrow: { roles: ['clinician'], models: ['ident*'] },
  late: { roles: ['admin'], expires: '2020-01-01' },
  service: { roles: ['service'] },
  safety: { roles: ['safety-officer'] },
  narrowAdmin: { roles: ['admin'], models: ['ident*'] },
} as const;
type Name = keyof typeof KEYS;
const keyOf = (name: Name) => `key-of-${name}-0123456789abcdef`;

let folder: string;
let keysFile: string;
let test: TestServer;
const clients: RuntimeClient[] = [];

const writeKeys = (without: readonly Name[] = []) =>
  writeFileSync(
    keysFile,
    JSON.stringify({
      keys: Object.entries(KEYS)
        .filter(([name]) => !without.includes(name as Name))
        .map(([name, entry]) => ({ id: name, sha256: keyDigest(keyOf(name as Name)), ...entry })),
    }),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-access-'));
  keysFile = join(folder, 'keys.json');
  writeKeys();
  test = await startTestServer([identityPackage, sumPackage], {
    httpPort: 0,
    sharedMemory: true,
    stateFolder: folder,
    audit: { folder: join(folder, 'audit'), durable: false },
    access: { keysFile, tenants: { 'ward-b': { models: ['sum'] } } },
  });
});

afterAll(async () => {
  for (const client of clients) client.close();
  await test.stop();
  rmSync(folder, { recursive: true });
});

function as(name: Name | 'nobody' | 'stranger'): RuntimeClient {
  const token = name === 'nobody' ? {} : { token: name === 'stranger' ? 'a-key-that-nobody-knows' : keyOf(name) };
  const client = createRuntimeClient({ address: test.server.address, ...token });
  clients.push(client);
  return client;
}

const ask = (client: RuntimeClient, modelName = 'identity') =>
  client.predict({ modelName, inputs: [tensorInput('x', [1, 2, 3, 4])] });
const codeOf = async (call: Promise<unknown>) => (await refusalOf(call)).code;

describe('the table of permissions', () => {
  it('has a line for every method that is served, and none for others', () => {
    const { deephealth, inference } = loadContract();
    const { ModelRuntime, ModelControl } = deephealth.runtime.v1;
    const paths = [ModelRuntime, ModelControl, inference.GRPCInferenceService].flatMap(({ service }) =>
      Object.values(service as unknown as Record<string, { readonly path: string }>).map(({ path }) => path),
    );
    const others = [...METHOD_ACCESS.keys()].filter((path) => !path.startsWith('/grpc.'));
    expect(others.sort()).toEqual(paths.sort());
  });
});

describe('a server that knows its callers', () => {
  it('answers who may ask', async () => {
    const answer = await ask(as('clinicianA'));
    expect(valuesOf(answer)).toEqual([1, 2, 3, 4]);
  });

  it.each(['nobody', 'stranger', 'late'] as const)(
    '[DH-R-049] refuses %s at every method, with the same words',
    async (name) => {
      const client = as(name);
      const refusals = await Promise.all([
        refusalOf(ask(client)),
        refusalOf(ask(client, 'no-such-model')),
        refusalOf(client.listModels()),
        refusalOf(client.getServerInfo()),
        refusalOf(client.unloadModel('identity', '1')),
        refusalOf(client.predictStream().then((stream) => stream.predict('1', { modelName: 'identity', inputs: [] }))),
      ]);
      expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['DH_UNAUTHENTICATED']));
      expect(new Set(refusals.map(({ message }) => message)).size).toBe(1);
    },
  );

  it('[DH-R-050] refuses what no role of the caller allows', async () => {
    expect(await codeOf(ask(as('operator')))).toBe('DH_PERMISSION_DENIED');
    expect(await codeOf(ask(as('auditor')))).toBe('DH_PERMISSION_DENIED');
    expect(await codeOf(as('clinicianA').unloadModel('identity', '1'))).toBe('DH_PERMISSION_DENIED');
    expect(await codeOf(as('service').verifyModel('identity', '1'))).toBe('DH_PERMISSION_DENIED');
    expect((await as('operator').verifyModel('identity', '1')).model?.name).toBe('identity');
  });

  it('[DH-R-051] keeps to the models of a caller and of its tenant, and does not tell what there is', async () => {
    expect((await as('narrow').listModels()).map(({ name }) => name)).toEqual(['identity']);
    expect((await as('clinicianB').listModels()).map(({ name }) => name)).toEqual(['sum']);
    const [outside, absent] = await Promise.all([
      refusalOf(ask(as('narrow'), 'sum')),
      refusalOf(ask(as('narrow'), 'there-is-none')),
    ]);
    expect([outside.code, outside.message]).toEqual([absent.code, absent.message]);
    expect(await codeOf(ask(as('clinicianB')))).toBe('DH_PERMISSION_DENIED');
    expect(await codeOf(as('narrow').getModel('sum'))).toBe('DH_PERMISSION_DENIED');
  });

  it('[DH-R-053] keeps the sequences of tenants apart, whatever their ids', async () => {
    const item = (isStart: boolean, isEnd = false) => ({
      modelName: 'sum',
      inputs: [tensorInput('x', [1, 1, 1, 1])],
      sequenceContext: { sequenceId: 'same', isStart, isEnd },
    });
    const [a, b] = [as('clinicianA'), as('clinicianB')];
    await a.predict(item(true));
    expect(await codeOf(b.predict(item(false)))).toBe('DH_SEQUENCE_UNKNOWN');
    expect(valuesOf(await b.predict(item(true)))).toEqual([1, 1, 1, 1]);
    expect(valuesOf(await a.predict(item(false)))).toEqual([2, 2, 2, 2]);
    const last = await a.predict(item(false, true));
    expect(valuesOf(last)).toEqual([3, 3, 3, 3]);
    // What callers see is the id that they gave.
    expect(last.provenance).toMatchObject({ sequenceId: 'same', sequencePosition: '3' });
    await b.predict(item(false, true));
  });

  it('[DH-R-052] ends what a stream may do when its key is withdrawn', async () => {
    const stream = await as('service').predictStream();
    const request = { modelName: 'identity', inputs: [tensorInput('x', [1, 2, 3, 4])] };
    expect(valuesOf(await stream.predict('first', request))).toEqual([1, 2, 3, 4]);
    writeKeys(['service']);
    await expect
      .poll(
        () =>
          stream.predict('next', request).then(
            () => 'answered',
            (error: DeepHealthError) => error.code,
          ),
        {
          timeout: 20_000,
          interval: 250,
        },
      )
      .toBe('DH_UNAUTHENTICATED');
    expect(await codeOf(ask(as('service')))).toBe('DH_UNAUTHENTICATED');
    writeKeys();
    // The file is looked at once a second, and what comes next needs the key again.
    const isKnown = () =>
      as('service')
        .getServerInfo()
        .then(
          () => true,
          () => false,
        );
    await expect.poll(isKnown, { timeout: 20_000, interval: 250 }).toBe(true);
    stream.cancel();
  });

  it('is known to an adapter of its own process by a key of its own', async () => {
    const { address, token = '' } = await test.server.connectAs('adapter:test');
    const client = createRuntimeClient({ address, token });
    clients.push(client);
    expect(valuesOf(await ask(client))).toEqual([1, 2, 3, 4]);
    const without = createRuntimeClient({ address });
    clients.push(without);
    expect(await codeOf(ask(without))).toBe('DH_UNAUTHENTICATED');
  });

  it('says in its log why a caller was refused, and nothing of what it sent', async () => {
    await refusalOf(ask(as('stranger')));
    const lines = test.logged.filter((line) => line.includes('access.refused'));
    expect(lines.some((line) => line.includes('"key-unknown"') && line.includes('/Predict"'))).toBe(true);
    expect(test.logged.join('\n')).not.toContain('a-key-that-nobody-knows');
  });
});

describe('other methods of the gRPC port', () => {
  const raw = (path: string, key?: string): Promise<number> => {
    const client = new Client(test.server.address, credentials.createInsecure());
    const metadata = new Metadata();
    if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
    const asIs = (bytes: Buffer) => bytes;
    return new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        asIs,
        asIs,
        Buffer.alloc(0),
        metadata,
        { deadline: Date.now() + 5_000 },
        (error: ServiceError | null) => {
          client.close();
          resolve(error?.code ?? status.OK);
        },
      );
    });
  };

  it('are asked for an account, but for health', async () => {
    for (const [path, access] of METHOD_ACCESS) {
      // A stream without an end.
      if (path.endsWith('/Watch')) continue;
      const found = await raw(path);
      if (access === 'open') expect([path, found]).not.toEqual([path, status.UNAUTHENTICATED]);
      // Those that no contract declares are not there for anybody.
      else expect([status.UNAUTHENTICATED, status.UNIMPLEMENTED]).toContain(found);
    }
    expect(await raw('/inference.GRPCInferenceService/ServerLive')).toBe(status.OK);
    expect(await raw('/inference.GRPCInferenceService/ModelInfer')).toBe(status.UNAUTHENTICATED);
    expect(await raw('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo')).toBe(status.UNAUTHENTICATED);
    expect(await raw('/inference.GRPCInferenceService/RepositoryIndex', keyOf('clinicianA'))).toBe(status.OK);
    expect(await raw('/inference.GRPCInferenceService/LogSettings', keyOf('clinicianA'))).toBe(
      status.PERMISSION_DENIED,
    );
  });
});

describe('stopping a model', () => {
  it('is for those who may stop, releasing for fewer, and says who it was', async () => {
    const control = (name: Name) => createControlClient({ address: test.server.address, token: keyOf(name) });
    const callers = { operator: control('operator'), clinician: control('clinicianA'), safety: control('safety') };
    const { operator, clinician, safety } = callers;
    expect(await codeOf(clinician.suspendModel('identity', '', 'no'))).toBe('DH_PERMISSION_DENIED');
    expect(await codeOf(safety.setRollout({ modelName: 'identity' }))).toBe('DH_PERMISSION_DENIED');
    expect(await ask(as('clinicianA')).then(valuesOf)).toEqual([1, 2, 3, 4]);
    expect((await operator.suspendModel('identity', '', 'why')).suspension?.subject).toBe('operator');
    expect(await codeOf(ask(as('clinicianA')))).toBe('DH_MODEL_SUSPENDED');
    expect(await codeOf(operator.resumeModel('identity'))).toBe('DH_PERMISSION_DENIED');
    expect((await safety.resumeModel('identity')).suspensions).toEqual([]);
    expect(await ask(as('clinicianA')).then(valuesOf)).toEqual([1, 2, 3, 4]);
    for (const client of Object.values(callers)) client.close();
  });
});

describe('HTTP', () => {
  const get = (path: string, headers: Record<string, string | string[]> = {}, method = 'GET', body?: string) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
      const { httpPort } = test.server;
      const asked = httpRequest({ host: '127.0.0.1', port: httpPort, path, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  const bearer = (name: Name) => ({ authorization: `Bearer ${keyOf(name)}` });

  it('is open for health alone', async () => {
    expect((await get('/v2/health/ready')).status).toBe(200);
    for (const path of ['/v2', '/v2/models/identity', '/metrics', '/v2/models/stats', '/v2/logging']) {
      const refused = await get(path);
      expect([path, refused.status, refused.headers['www-authenticate']]).toEqual([path, 401, 'Bearer']);
    }
  });

  it('asks for the same permissions as gRPC', async () => {
    const body = JSON.stringify({
      inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }],
    });
    const infer = (name: Name, model = 'identity') =>
      get(`/v2/models/${model}/infer`, { ...bearer(name), 'content-type': 'application/json' }, 'POST', body);
    const answered = await infer('clinicianA');
    expect([answered.status, JSON.parse(answered.text).outputs[0].data]).toEqual([200, [1, 2, 3, 4]]);
    expect((await infer('auditor')).status).toBe(403);
    expect((await infer('narrow', 'sum')).status).toBe(403);
    expect((await get('/metrics', bearer('auditor'))).status).toBe(200);
    expect((await get('/metrics', bearer('clinicianA'))).status).toBe(403);
    expect((await get('/v2/repository/models/identity/unload', bearer('clinicianA'), 'POST', '{}')).status).toBe(403);
    const index = await get('/v2/repository/index', bearer('narrow'), 'POST', '{}');
    expect(JSON.parse(index.text).map(({ name }: { name: string }) => name)).toEqual(['identity']);
  });

  it('refuses two headers, of which a proxy may have looked at the other one', async () => {
    const both = [`Bearer ${keyOf('admin')}`, `Bearer ${keyOf('clinicianA')}`];
    expect((await get('/v2', { authorization: both })).status).toBe(401);
  });

  it('keeps the keys of shared memory apart by tenant', async () => {
    const register = (key: string, name: Name) =>
      get('/v2/systemsharedmemory/region/r/register', bearer(name), 'POST', JSON.stringify({ key, byte_size: 4 }));
    const refused = await register('/ward-a~scan', 'service');
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('tilde')]);
    expect((await register('/x', 'clinicianA')).status).toBe(403);
  });
});

describe('leaving loopback', () => {
  const start = (options: object) => startTestServer([], options).then((started) => started.stop());

  it.each([
    ['nothing', {}],
    ['keys alone', { access: { keysFile: '' } }],
    ['production on loopback', { profile: 'production', host: '127.0.0.1' }],
    ['production with the flag', { profile: 'production', insecureBind: true }],
    ['production with unsigned packages', { profile: 'production', trust: { keys: [], requireSignatures: false } }],
  ])('is refused with %s', async (_title, options) => {
    await expect(start({ host: '0.0.0.0', ...options })).rejects.toMatchObject({ code: 'DH_INSECURE_BIND_REFUSED' });
  });
});

describe('the audit', () => {
  it('has every act on a model that a caller may not use, and what was refused of a stream', async () => {
    const admin = as('narrowAdmin');
    const control = createControlClient({ address: test.server.address, token: keyOf('narrowAdmin') });
    const refused = [
      admin.getModel('sum', '1.0.0'),
      admin.unloadModel('sum', '1.0.0'),
      control.suspendModel('sum', '', 'a test'),
      control.resumeModel('sum', '', 'a test'),
    ];
    for (const call of refused) expect(await codeOf(call as Promise<unknown>)).toBe('DH_PERMISSION_DENIED');
    control.close();
    const { gate, onRefused } = test.server.security;
    const face = await serveContractFace({
      runtime: test.server.address,
      runtimeToken: keyOf('admin'),
      ...(gate && { gate }),
      ...(onRefused && { onRefused }),
    });
    const behind = createRuntimeClient({ address: face.address, token: keyOf('narrowAdmin') });
    expect(await codeOf(behind.getModel('sum', '1.0.0'))).toBe('DH_PERMISSION_DENIED');
    behind.close();
    await face.stop();
    const denials = () => {
      const files = readdirSync(join(folder, 'audit')).filter((name) => name.endsWith('.jsonl'));
      return files
        .flatMap((name) =>
          readFileSync(join(folder, 'audit', name), 'utf8')
            .trim()
            .split('\n'),
        )
        .map((line) => JSON.parse(line))
        .filter(({ kind, caller }) => kind === 'access-denied' && caller?.subject === 'narrowAdmin')
        .map(({ action, model }) => `${action} ${model}`);
    };
    await expect
      .poll(() => denials().sort(), { timeout: 20_000 })
      .toEqual([
        '/deephealth.runtime.v1.ModelRuntime/GetModel undefined',
        'models.control sum',
        'models.read sum',
        'models.resume sum',
        'models.suspend sum',
      ]);
  });
});
