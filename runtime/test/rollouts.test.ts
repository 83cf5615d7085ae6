import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type inferenceV2, loadContract, type runtimeV1 } from '@deephealth/proto';
import { type ControlClient, createControlClient, tensorFromValues } from '@deephealth/sdk';
import { runningSumModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { refusalOf, startTestServer, type TestServer, tensorInput } from './test-server.js';
import { offsetPackage } from './versioned-model.js';

const spec = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, 4] });
const row = (values: number[]) => ({ dataType: 'FP32' as const, shape: [1, 4], values });
const sumPackage = (version: string): TestPackageOptions => ({
  name: 'sum',
  version,
  model: runningSumModel(),
  tensors: { inputs: [spec('x'), spec('state')], outputs: [spec('y'), spec('state_out')] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }] },
  },
  golden: [{ id: 'first', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } }],
});
/** Refuses what version 1 takes. */
const otherInput: TestPackageOptions = {
  ...offsetPackage({ version: '3' }),
  manifest: { inputs: [{ name: 'z', kind: 'tensor', feeds: 'x' }] },
  golden: [
    {
      id: 'g',
      inputs: { z: row([1, 2, 3, 4]) },
      expected: { y: row([4, 5, 6, 7]) },
    },
  ],
};

let test: TestServer;
let control: ControlClient;
beforeAll(async () => {
  test = await startTestServer(
    [
      offsetPackage({ version: '1' }),
      offsetPackage({ version: '2' }),
      otherInput,
      offsetPackage({ name: 'pair', version: '1' }),
      offsetPackage({ name: 'pair', version: '2', isBroken: true }),
      sumPackage('1'),
      sumPackage('2'),
    ],
    { versionPolicy: { specific: ['1', '2', '3'] }, httpPort: 0 },
  );
  control = createControlClient({ address: test.server.address });
});
afterAll(async () => {
  control.close();
  await test.stop();
});
afterEach(async () => {
  for (const { modelName } of (await control.getControlState()).rollouts) {
    await control.setRollout({ modelName, asConfigured: true });
  }
  for (const { modelName } of (await control.getControlState()).suspensions) await control.resumeModel(modelName);
});

const set = (rollout: runtimeV1.Rollout, modelName = 'offset') => control.setRollout({ modelName, rollout });
const ask = async (requestId: string, more: runtimeV1.PredictRequest = {}) =>
  (
    await test.client.predict({
      modelName: 'offset',
      requestId,
      inputs: [tensorInput('x', [0, 0, 0, 0])],
      ...more,
    })
  ).provenance;
const ids = Array.from({ length: 40 }, (_, index) => `request-${index}`);
const versionsOf = async () => (await Promise.all(ids.map((id) => ask(id)))).map((one) => one?.modelVersion);

describe('a rollout', () => {
  it('[DH-R-056] gives its candidate a share, the same requests every time, more as it grows, and says so', async () => {
    await set({ candidateVersion: '2', candidateShare: 0.3, shadowVersion: '3', shadowShare: 0 });
    const some = await versionsOf();
    expect(await versionsOf()).toEqual(some);
    const count = some.filter((version) => version === '2').length;
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThan(25);
    expect(some.filter((version) => version === '1')).toHaveLength(40 - count);
    for (const [index, version] of some.entries()) {
      expect((await ask(ids[index] as string))?.byRollout).toBe(version === '2');
    }
    await set({ candidateVersion: '2', candidateShare: 0.6, shadowVersion: '3', shadowShare: 0 });
    const more = await versionsOf();
    for (const [index, version] of some.entries()) if (version === '2') expect(more[index]).toBe('2');
    const { rollouts } = await control.getControlState('offset');
    expect(rollouts[0]).toMatchObject({ modelName: 'offset', subject: 'anonymous' });
    expect(Number(rollouts[0]?.chosenRequests)).toBeGreaterThan(count);
  });

  it('leaves alone who names a version, who has no id, and whose tenant is another one', async () => {
    await set({ candidateVersion: '2', candidateShare: 0.999, shadowVersion: '3', shadowShare: 0 });
    expect(await ask('', {})).toMatchObject({ modelVersion: '1', byRollout: false });
    for (const id of ids.slice(0, 10)) {
      expect(await ask(id, { modelVersion: '1' })).toMatchObject({ modelVersion: '1', byRollout: false });
    }
    expect(await ask('a', { modelVersion: '2' })).toMatchObject({ modelVersion: '2', byRollout: false });
    await set({ candidateVersion: '2', candidateShare: 1, shadowVersion: '3', shadowShare: 0 });
    expect(await ask('')).toMatchObject({ modelVersion: '2', byRollout: true });
    await set({ candidateVersion: '2', candidateShare: 1, tenants: ['ward-4'], shadowVersion: '3', shadowShare: 0 });
    expect(await ask('a')).toMatchObject({ modelVersion: '1', byRollout: false });
  });

  it('falls back to the others when its candidate is stopped or refused, and never the other way round', async () => {
    await set({ candidateVersion: '2', candidateShare: 1, shadowVersion: '3', shadowShare: 0 });
    await control.suspendModel('offset', '2', 'not sure');
    expect(await ask('a')).toMatchObject({ modelVersion: '1', byRollout: false });
    await control.resumeModel('offset');
    await control.suspendModel('offset', '1', 'not sure');
    await set({ candidateVersion: '2', candidateShare: 0, shadowVersion: '3', shadowShare: 0 });
    expect((await refusalOf(ask('a'))).code).toBe('DH_MODEL_SUSPENDED');
    await set({ candidateVersion: '2', candidateShare: 1 }, 'pair');
    const pair = await test.client.predict({ modelName: 'pair', inputs: [tensorInput('x', [0, 0, 0, 0])] });
    expect(pair.provenance).toMatchObject({ modelVersion: '1', byRollout: false });
  });

  it('keeps a sequence on the version that it began with', async () => {
    const item = (isStart: boolean) =>
      test.client.predict({
        modelName: 'sum',
        inputs: [tensorInput('x', [1, 1, 1, 1])],
        sequenceContext: { sequenceId: 'long', isStart, isEnd: false },
      });
    await set({ candidateVersion: '2', candidateShare: 1 }, 'sum');
    expect((await item(true)).provenance).toMatchObject({ modelVersion: '2', byRollout: true });
    await set({ candidateVersion: '2', candidateShare: 0 }, 'sum');
    expect((await item(false)).provenance).toMatchObject({ modelVersion: '2', sequencePosition: '2' });
  });

  it('holds for the Open Inference Protocol too, which says it among the parameters', async () => {
    const client = new (loadContract().inference.GRPCInferenceService)(
      test.server.address,
      credentials.createInsecure(),
    );
    const infer = (id: string) =>
      new Promise<inferenceV2.ModelInferResponse__Output>((resolve, reject) =>
        client.modelInfer(
          {
            modelName: 'offset',
            id,
            inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
            rawInputContents: [Buffer.from(tensorFromValues('FP32', [1, 4], [0, 0, 0, 0]).data)],
          },
          (error: ServiceError | null, response?: inferenceV2.ModelInferResponse__Output) =>
            error ? reject(error) : resolve(response as inferenceV2.ModelInferResponse__Output),
        ),
      );
    await set({ candidateVersion: '2', candidateShare: 0.3, shadowVersion: '3', shadowShare: 0 });
    for (const id of ids.slice(0, 15)) {
      const { modelVersion, parameters } = await infer(id);
      expect(modelVersion).toBe((await ask(id))?.modelVersion);
      expect(parameters.deephealth_by_rollout?.boolParam ?? false).toBe(modelVersion === '2');
    }
    client.close();
  });

  it.each([
    [{ candidateVersion: '9', candidateShare: 0.1 }],
    [{ candidateVersion: '2', candidateShare: 1.5 }],
    [{ candidateVersion: '2', candidateShare: Number.NaN }],
    [{ candidateVersion: '2', candidateShare: 0.1, shadowVersion: '2', shadowShare: 1 }],
  ])('of %j is refused', async (rollout) => {
    expect((await refusalOf(set(rollout))).code).toBe('DH_ROLLOUT_INVALID');
    expect((await control.getControlState()).rollouts).toEqual([]);
  });

  it('needs a version that goes on as before', async () => {
    const refusal = await refusalOf(set({ candidateVersion: '1', candidateShare: 0, shadowVersion: '2' }, 'pair'));
    expect(refusal.code).toBe('DH_ROLLOUT_INVALID');
  });

  it('of the configuration holds until a call sets another, which outlasts the server', async () => {
    const stateFolder = mkdtempSync(join(tmpdir(), 'deephealth-state-'));
    const rollouts = { pair: { candidate: { version: '2', share: 1 } } };
    const packages = [offsetPackage({ name: 'pair' }), offsetPackage({ name: 'pair', version: '2' })];
    const first = await startTestServer(packages, { stateFolder, rollouts });
    const inputs = [tensorInput('x', [0, 0, 0, 0])];
    expect((await first.client.predict({ modelName: 'pair', inputs })).provenance?.byRollout).toBe(true);
    const setter = createControlClient({ address: first.server.address });
    await setter.setRollout({ modelName: 'pair', rollout: { candidateVersion: '2', candidateShare: 0 } });
    setter.close();
    const second = await startTestServer([], { models: [first.store], stateFolder, rollouts });
    expect((await second.client.predict({ modelName: 'pair', inputs })).provenance?.modelVersion).toBe('1');
    await second.stop();
    await first.stop();
    rmSync(stateFolder, { recursive: true, force: true });
  });
});

describe('a version in the shadow', () => {
  const figures = async () => (await control.getControlState('offset')).rollouts[0]?.shadow;
  const until = async (wanted: (found: runtimeV1.ShadowFigures__Output) => boolean) => {
    for (;;) {
      const found = await figures();
      if (found && wanted(found)) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('runs on copies and is compared, and changes no answer', async () => {
    await set({ candidateVersion: '3', candidateShare: 0, shadowVersion: '2', shadowShare: 1 });
    for (let done = 1; done <= 3; done++) {
      expect(await ask(`shadow-${done}`)).toMatchObject({ modelVersion: '1', byRollout: false });
      await until(({ compared }) => Number(compared) === done);
    }
    // Version 2 adds 2 where version 1 adds 1: a tensor has no decision, and other bytes.
    expect(await figures()).toMatchObject({ compared: '3', sameDecisions: '3', sameValues: '0', failed: '0' });
    const metrics = await (await fetch(`http://127.0.0.1:${test.server.httpPort}/metrics`)).text();
    expect(metrics).toContain('deephealth_shadow_runs_total{model="offset",version="2",outcome="same-decision"} 3');
  });

  it('that refuses the request leaves the answer as it is', async () => {
    await set({ shadowVersion: '3', shadowShare: 1 });
    expect(await ask('a')).toMatchObject({ modelVersion: '2' });
    expect(await until(({ failed }) => Number(failed) === 1)).toMatchObject({ compared: '0' });
  });

  it('runs one request at a time of its share and drops the others, and never who asks by name', async () => {
    await set({ candidateVersion: '3', candidateShare: 0, shadowVersion: '2', shadowShare: 0.5 });
    await Promise.all(ids.map((id) => ask(id)));
    const { compared, dropped } = await until((one) => Number(one.compared) + Number(one.dropped) === 20);
    expect(Number(compared)).toBeGreaterThan(0);
    expect(Number(compared) + Number(dropped)).toBe(20);
  });

  it('is dropped while it is stopped', async () => {
    await set({ candidateVersion: '3', candidateShare: 0, shadowVersion: '2', shadowShare: 1 });
    await control.suspendModel('offset', '2', 'not sure');
    const before = Number((await figures())?.dropped ?? 0);
    await ask('a');
    await eventually('the answer', () => true);
    expect(Number((await figures())?.dropped)).toBe(before + 1);
  });
});
