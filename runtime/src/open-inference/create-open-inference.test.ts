import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { ModelDouble, openInferenceOver } from '../../test/served-model-double.js';
import { TenantRegions } from './shared-memory/tenant-regions.js';

const quarantine = new DeepHealthError('DH_MODEL_QUARANTINED', 'a golden case differs');
const models = [
  new ModelDouble({ name: 'a', version: '2' }),
  new ModelDouble({ name: 'a', version: '1', state: 'DRAINING' }),
  new ModelDouble({ name: 'b', state: 'QUARANTINED', reason: quarantine }),
  new ModelDouble({ name: 'c', state: 'VERIFYING' }),
  new ModelDouble({ name: 'd', state: 'UNLOADED' }),
];
const oip = openInferenceOver(models);

async function failureOf(act: () => unknown): Promise<DeepHealthError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof DeepHealthError) return error;
    throw error;
  }
  throw new Error('a refusal was expected');
}

describe('the server', () => {
  it('is live even while it is not ready', () => {
    const starting = openInferenceOver([], { isReady: () => false });
    expect([starting.serverLive(), starting.serverReady()]).toEqual([{ live: true }, { ready: false }]);
  });

  it('names itself and announces what it has, shared memory only where it is on', () => {
    const { name, version, extensions } = oip.serverMetadata({});
    expect({ name, version }).toEqual({ name: 'deephealth-runtime', version: expect.stringMatching(/^\d+\./) });
    expect(extensions).toEqual([
      'classification',
      'sequence',
      'model_repository',
      'model_repository(unload_dependents)',
      'schedule_policy',
      'model_configuration',
      'binary_tensor_data',
      'parameters',
      'statistics',
    ]);
    const other = openInferenceOver([], {
      serverName: 'ward-4',
      sharedMemory: new TenantRegions({ areTenantsKeptApart: false }),
    });
    expect(other.serverMetadata({}).name).toBe('ward-4');
    expect(other.serverMetadata({}).extensions).toContain('system_shared_memory');
  });

  it('lets its settings be read but not changed', async () => {
    expect(oip.traceSetting({ settings: {}, modelName: '' }, {}).settings?.trace_level).toEqual({ value: ['OFF'] });
    expect(oip.logSettings({ settings: {} }, {}).settings).toMatchObject({
      log_info: { boolParam: true },
      log_verbose_level: { uint32Param: 0 },
      log_format: { stringParam: 'ISO8601' },
    });
    const settings = { trace_level: { value: ['TIMESTAMPS'] } };
    expect((await failureOf(() => oip.traceSetting({ settings, modelName: '' }, {}))).code).toBe(
      'DH_FEATURE_UNSUPPORTED',
    );
    const change = { settings: { log_info: { boolParam: false } } };
    expect((await failureOf(() => oip.logSettings(change as never, {}))).code).toBe('DH_FEATURE_UNSUPPORTED');
    expect((await failureOf(() => oip.traceSetting({ settings: {}, modelName: 'z' }, {}))).code).toBe(
      'DH_MODEL_NOT_FOUND',
    );
  });
});

describe('the repository', () => {
  it('lists every version with its state and reason, or only those that are ready', () => {
    const listed = oip.repositoryIndex({ repositoryName: '', ready: false }, {}).models ?? [];
    expect(listed.map(({ name, version, state, reason }) => [name, version, state, reason])).toEqual([
      ['a', '2', 'READY', ''],
      ['a', '1', 'UNLOADING', ''],
      ['b', '1', 'UNAVAILABLE', 'a golden case differs'],
      ['c', '1', 'LOADING', ''],
      ['d', '1', 'UNAVAILABLE', 'unloaded'],
    ]);
    const ready = oip.repositoryIndex({ repositoryName: '', ready: true }, {}).models;
    expect(ready).toEqual([{ name: 'a', version: '2', state: 'READY', reason: '' }]);
  });

  const asked: string[] = [];
  const controlled = openInferenceOver(models, {
    repository: {
      load: async (name) => {
        asked.push(`load ${name}`);
        if (name === 'b') throw quarantine;
        if (name === 'huge') throw new DeepHealthError('DH_MODEL_MEMORY_EXCEEDED', 'needs more than 4096 MiB');
        if (name === 'z') throw new DeepHealthError('DH_MODEL_NOT_FOUND', 'not there');
      },
      unload: async (name) => {
        asked.push(`unload ${name}`);
      },
    },
  });
  const load = (modelName: string, parameters = {}, repositoryName = '') =>
    controlled.repositoryModelLoad({ repositoryName, modelName, parameters }, {});
  const unload = (modelName: string, parameters = {}, repositoryName = '') =>
    controlled.repositoryModelUnload({ repositoryName, modelName, parameters }, {});

  it('loads and unloads by name, dependents or not', async () => {
    asked.length = 0;
    expect(await load('a')).toEqual({});
    expect(await unload('a', { unload_dependents: { boolParam: true } })).toEqual({});
    expect(await unload('a', { unload_dependents: { boolParam: false } })).toEqual({});
    expect(asked).toEqual(['load a', 'unload a', 'unload a']);
  });

  it('says why a model could not be loaded, beginning with the words of Triton', async () => {
    expect(await failureOf(() => load('b'))).toMatchObject({
      code: 'DH_MODEL_QUARANTINED',
      message: "failed to load 'b', no version is available: a golden case differs",
    });
    expect(await failureOf(() => load('huge'))).toMatchObject({
      code: 'DH_MODEL_LOAD_FAILED',
      message: expect.stringContaining("failed to load 'huge'"),
    });
    expect(await failureOf(() => load('z'))).toMatchObject({
      code: 'DH_MODEL_NOT_FOUND',
      message: "failed to load 'z', failed to poll from model repository",
    });
    expect((await failureOf(() => unload('z'))).message).toBe("Request for unknown model: 'z' is not found");
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['another configuration', () => load('a', { config: { stringParam: '{}' } }), 'DH_PARAMETER_UNSUPPORTED'],
    ['other files', () => load('a', { 'file:1/model.onnx': { bytesParam: Buffer.of(1) } }), 'DH_PARAMETER_UNSUPPORTED'],
    ['a configuration of another type', () => load('a', { config: { boolParam: true } }), 'DH_PARAMETER_INVALID'],
    ['files of another type', () => load('a', { 'file:1/m': { stringParam: 'x' } }), 'DH_PARAMETER_INVALID'],
    ['a parameter that it does not know', () => load('a', { mine: { boolParam: true } }), 'DH_PARAMETER_UNSUPPORTED'],
    [
      'dependents of another type',
      () => unload('a', { unload_dependents: { stringParam: 'true' } }),
      'DH_PARAMETER_INVALID',
    ],
    [
      'an unloading parameter that it does not know',
      () => unload('a', { mine: { boolParam: true } }),
      'DH_PARAMETER_UNSUPPORTED',
    ],
    ['a repository to load from', () => load('a', {}, 'other'), 'DH_FEATURE_UNSUPPORTED'],
    ['a repository to unload from', () => unload('a', {}, 'other'), 'DH_FEATURE_UNSUPPORTED'],
    ['no name to load', () => load(''), 'DH_REQUEST_MALFORMED'],
    ['no name to unload', () => unload(''), 'DH_REQUEST_MALFORMED'],
  ])('refuses %s, and does nothing', async (_title, act, code) => {
    asked.length = 0;
    expect((await failureOf(act)).code).toBe(code);
    expect(asked).toEqual([]);
  });

  it('has one name only', async () => {
    const failure = await failureOf(() => oip.repositoryIndex({ repositoryName: 'other', ready: false }, {}));
    expect(failure.message).toContain("'repository_name' specification is not supported");
  });
});

describe('shared memory', () => {
  it('is off unless the operator turns it on', async () => {
    const region = { name: 'r', key: '/r', offset: '0', byteSize: '8' };
    const calls = [
      () => oip.systemSharedMemoryStatus({ name: '' }, {}),
      () => oip.systemSharedMemoryRegister(region, {}),
      () => oip.systemSharedMemoryUnregister({ name: '' }, {}),
    ];
    for (const call of calls) expect((await failureOf(call)).code).toBe('DH_SHARED_MEMORY_DISABLED');
  });

  it('is registered, listed and unregistered by name, or all at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'deephealth-shm-'));
    try {
      writeFileSync(join(folder, 'o'), Buffer.alloc(16));
      const on = openInferenceOver([], { sharedMemory: new TenantRegions({ areTenantsKeptApart: false, folder }) });
      const names = (name: string) => Object.keys(on.systemSharedMemoryStatus({ name }, {}).regions ?? {});
      for (const name of ['a', 'b', 'c']) {
        await on.systemSharedMemoryRegister({ name, key: '/o', offset: '4', byteSize: '12' }, {});
      }
      expect(on.systemSharedMemoryStatus({ name: 'a' }, {}).regions).toEqual({
        a: { name: 'a', key: '/o', offset: '4', byteSize: '12' },
      });
      await on.systemSharedMemoryUnregister({ name: 'b' }, {});
      expect(names('')).toEqual(['a', 'c']);
      await on.systemSharedMemoryUnregister({ name: '' }, {});
      expect(names('')).toEqual([]);
      expect((await failureOf(() => names('a'))).message).toContain("Unable to find shared memory region: 'a'");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
