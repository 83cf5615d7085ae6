import { CONTRACT_VERSIONS } from '@deephealth/proto';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { RuntimeClient } from '../client/runtime-client.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fromGrpcError, toGrpcFailure } from '../errors/grpc-status.js';
import { askModel, isRuntimeReady } from './ask-model.js';
import { ModelBindings } from './model-bindings.js';

const never = new AbortController().signal;
const QUESTION = { requestId: 'r-1', modelName: 'heart', inputs: [] };
const runtimeOf = (methods: object) => methods as RuntimeClient;

/** As a client throws it. */
function grpcError(failure: { code: status; details: string; metadata: Metadata }) {
  return fromGrpcError(Object.assign(new Error(failure.details), failure));
}

describe('asking a model', () => {
  it('gives the time that is left, and names the run', async () => {
    const asked: unknown[] = [];
    const response = { provenance: { modelName: 'heart' } };
    const predict = async (...all: unknown[]) => {
      asked.push(...all);
      return response;
    };
    const runtime = runtimeOf({ predict });
    const { run } = await askModel(runtime, QUESTION, { deadlineAt: Date.now() + 5_000, signal: never });
    expect(run).toEqual({ requestId: 'r-1', provenance: { modelName: 'heart' } });
    const { deadlineMs } = asked[1] as { deadlineMs: number };
    expect(deadlineMs).toBeGreaterThan(4_000);
    expect(deadlineMs).toBeLessThanOrEqual(5_000);
  });

  it('does not begin what is too late, or what nobody wants', async () => {
    let calls = 0;
    const runtime = runtimeOf({ predict: async () => calls++ });
    const late = askModel(runtime, QUESTION, { deadlineAt: Date.now() - 1, signal: never });
    await expect(late).rejects.toMatchObject({ code: 'DH_DEADLINE_EXCEEDED' });
    const unwanted = askModel(runtime, QUESTION, { deadlineAt: Infinity, signal: AbortSignal.abort() });
    await expect(unwanted).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    expect(calls).toBe(0);
  });

  it('keeps the words of a runtime, and gives away nothing of the way to it', async () => {
    const own = grpcError(toGrpcFailure(new DeepHealthError('DH_INPUT_MISSING', 'Input "x" is missing.')));
    const transport = grpcError({
      code: status.UNAVAILABLE,
      details: 'connect 10.1.2.3:8500',
      metadata: new Metadata(),
    });
    const said = async (thrown: unknown) => {
      const runtime = runtimeOf({ predict: () => Promise.reject(thrown) });
      return askModel(runtime, QUESTION, { deadlineAt: Infinity, signal: never }).catch((error) => error);
    };
    expect(await said(own)).toMatchObject({ code: 'DH_INPUT_MISSING', message: 'Input "x" is missing.' });
    const lost = await said(transport);
    expect(lost.code).toBe('DH_CONNECT_FAILED');
    expect(lost.message).not.toContain('10.1.2.3');
  });

  it('tells a runtime that is ready from one that is not, or that is away', async () => {
    const ready = (getServerInfo: () => Promise<unknown>) => isRuntimeReady(runtimeOf({ getServerInfo }));
    expect(await ready(async () => ({ isReady: true }))).toBe(true);
    expect(await ready(async () => ({ isReady: false }))).toBe(false);
    expect(await ready(() => Promise.reject(new Error('away')))).toBe(false);
  });
});

describe('bindings to the models of a runtime', () => {
  const form = { entryPoint: 'POST /x', inputMediaTypes: ['application/json'], outputMediaType: 'application/json' };
  const model = (name: string, version: string, more: object = {}) => ({
    ...{ name, version, packageSha256: name.repeat(3), isDefault: true, state: 'MODEL_STATE_READY', suspension: null },
    ...more,
  });
  const INFO = { isReady: true, contractVersions: [...CONTRACT_VERSIONS] };

  it('are one for each default version, and stay listed while the runtime is away', async () => {
    let models: unknown[] | undefined = [model('a', '1'), model('a', '2', { isDefault: false }), model('b', '1')];
    const away = new DeepHealthError('DH_CONNECT_FAILED', 'No server answered at 10.1.2.3.');
    const listModels = async () => models ?? Promise.reject(away);
    const bindings = new ModelBindings(runtimeOf({ listModels, getServerInfo: async () => INFO }), form);
    const ids = async () => (await bindings.bindings()).map(({ id, modelVersion }) => `${id} ${modelVersion}`);
    expect(await ids()).toEqual(['a 1', 'b 1']);
    models = undefined;
    expect(await ids()).toEqual(['a 1', 'b 1']);
    const { bindings: states } = await bindings.health();
    expect(states?.map(({ state }) => state)).toEqual(Array(2).fill('BINDING_STATE_RUNTIME_UNREACHABLE'));
    expect(JSON.stringify(states)).not.toContain('10.1.2.3');
  });

  it('of a model that cannot be asked any more say why, and of one that is gone are none', async () => {
    let models: unknown[] = [model('a', '1'), model('b', '1')];
    const listModels = async () => models;
    const bindings = new ModelBindings(runtimeOf({ listModels, getServerInfo: async () => INFO }), form);
    await bindings.bindings();
    models = [model('a', '1', { isDefault: false, state: 'MODEL_STATE_QUARANTINED' })];
    expect((await bindings.bindings()).map(({ id }) => id)).toEqual(['a']);
    expect((await bindings.health()).bindings).toMatchObject([
      { bindingId: 'a', state: 'BINDING_STATE_MODEL_NOT_READY' },
    ]);
  });
});
