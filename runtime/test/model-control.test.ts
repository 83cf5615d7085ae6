import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type inferenceV2, loadContract, type runtimeV1 } from '@deephealth/proto';
import type { ControlEvent } from '@deephealth/runtime';
import { type ControlClient, createControlClient, createRuntimeClient, tensorFromValues } from '@deephealth/sdk';
import { buildTestPackage, runningSumModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';
import { ENDLESS, timed, timedPackage } from './timed-model.js';
import { offsetPackage } from './versioned-model.js';

const spec = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, 4] });
const row = (values: number[]) => ({ dataType: 'FP32' as const, shape: [1, 4], values });
const sumPackage: TestPackageOptions = {
  name: 'sum',
  model: runningSumModel(),
  tensors: { inputs: [spec('x'), spec('state')], outputs: [spec('y'), spec('state_out')] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }] },
  },
  golden: [{ id: 'first', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } }],
};
const pipelinePackage: TestPackageOptions = {
  name: 'chain',
  pipeline: {
    models: [
      {
        name: 'inner',
        graph: identityPackage.model as Uint8Array,
        tensors: { inputs: [spec('x')], outputs: [spec('y')] },
      },
    ],
    steps: [{ name: 'one', operation: 'model', model: 'inner', inputs: { x: 'x' }, outputs: { y: 'y' } }],
  },
  tensors: { inputs: [spec('x')], outputs: [spec('y')] },
  golden: [{ id: 'g', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } }],
};

type Infer = inferenceV2.ModelInferResponse__Output;
const events: ControlEvent[] = [];
let test: TestServer;
let control: ControlClient;
let inference: InstanceType<ReturnType<typeof loadContract>['inference']['GRPCInferenceService']>;

beforeAll(async () => {
  test = await startTestServer(
    [identityPackage, timedPackage, sumPackage, pipelinePackage, offsetPackage(), offsetPackage({ version: '2' })],
    { httpPort: 0, onControl: (event) => void events.push(event) },
  );
  control = createControlClient({ address: test.server.address });
  inference = new (loadContract().inference.GRPCInferenceService)(test.server.address, credentials.createInsecure());
});
afterAll(async () => {
  control.close();
  inference.close();
  await test.stop();
});
afterEach(async () => {
  const { suspensions } = await control.getControlState();
  for (const name of new Set(suspensions.map(({ modelName }) => modelName))) await control.resumeModel(name);
  events.length = 0;
});

const x = (...values: number[]) => [tensorInput('x', values)];
const predict = (modelName: string, more: runtimeV1.PredictRequest = {}) =>
  test.client.predict({ modelName, inputs: x(1, 2, 3, 4), ...more });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error) => error.code ?? error.details,
  );

const inferRequest = (modelName: string): inferenceV2.ModelInferRequest => ({
  modelName,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
  rawInputContents: [Buffer.from(tensorFromValues('FP32', [1, 4], [1, 2, 3, 4]).data)],
});
const infer = (modelName: string) =>
  new Promise<Infer>((resolve, reject) =>
    inference.modelInfer(inferRequest(modelName), (error: ServiceError | null, response?: Infer) =>
      error ? reject(error) : resolve(response as Infer),
    ),
  );
const http = (path: string, body?: object) =>
  fetch(`http://127.0.0.1:${test.server.httpPort}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body && { body: JSON.stringify(body) }),
  });
const httpInfer = (name: string) =>
  http(`/v2/models/${name}/infer`, {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }],
  });

describe('a model that is suspended', () => {
  it('[DH-R-054] refuses on every face, with the reason that was given', async () => {
    await control.suspendModel('identity', '', 'wrong units since Monday');
    const refusal = await refusalOf(predict('identity'));
    expect(refusal).toMatchObject({ code: 'DH_MODEL_SUSPENDED', retryable: false, source: 'runtime' });
    expect(refusal.message).toContain('wrong units since Monday');
    const stream = await test.client.predictStream();
    expect((await refusalOf(stream.predict('a', { modelName: 'identity', inputs: x(1, 2, 3, 4) }))).code).toBe(
      'DH_MODEL_SUSPENDED',
    );
    // The stream itself goes on, for other models.
    expect(valuesOf(await stream.predict('b', { modelName: 'chain', inputs: x(1, 2, 3, 4) }))).toEqual([1, 2, 3, 4]);
    await stream.end();
    await expect(infer('identity')).rejects.toMatchObject({ code: 9, details: expect.stringContaining('wrong units') });
    const answers = await new Promise<inferenceV2.ModelStreamInferResponse__Output[]>((resolve, reject) => {
      const call = inference.modelStreamInfer();
      const all: inferenceV2.ModelStreamInferResponse__Output[] = [];
      call
        .on('data', (answer) => all.push(answer))
        .on('end', () => resolve(all))
        .on('error', reject);
      call.write(inferRequest('identity'));
      call.end();
    });
    expect(answers[0]?.inferResponse?.parameters?.deephealth_error?.stringParam).toBe('DH_MODEL_SUSPENDED');
    const response = await httpInfer('identity');
    expect([response.status, response.headers.get('x-deephealth-reason')]).toEqual([400, 'MODEL_SUSPENDED']);
    // Others answer as before.
    expect((await httpInfer('chain')).status).toBe(200);
  });

  it('is shown as such, with who, why and since when, and not as ready', async () => {
    const before = Date.now();
    await control.suspendModel('identity', '', 'wrong units');
    const [listed] = await test.client.listModels('identity');
    expect(listed).toMatchObject({
      state: 'MODEL_STATE_SUSPENDED',
      stateReason: { reason: 'MODEL_SUSPENDED' },
      suspension: { modelName: 'identity', modelVersion: '', reason: 'wrong units', subject: 'anonymous' },
    });
    expect(Number(listed?.suspension?.since?.seconds)).toBeGreaterThanOrEqual(Math.floor(before / 1000));
    expect((await http('/v2/models/identity/ready')).status).toBe(503);
    const index = (await (await http('/v2/repository/index', {})).json()) as { name: string; state: string }[];
    expect(index.find(({ name }) => name === 'identity')?.state).toBe('UNAVAILABLE');
    const metrics = await (await http('/metrics')).text();
    expect(metrics).toContain('deephealth_model_suspended{model="identity",version="1"} 1');
    expect(metrics).toContain('deephealth_model_suspended{model="chain",version="1"} 0');
    expect((await test.client.getServerInfo()).features).toContain('model-control');
  });

  it('is told to those who watch, when it stops and when it is released', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { model } of test.client.watchModels('identity', { signal: stop.signal })) {
        seen.push(`${model?.state}`);
      }
    })();
    await eventually('the snapshot', () => seen.length === 1);
    await control.suspendModel('identity', '', 'because');
    await control.resumeModel('identity', '', 'mended');
    await eventually('both changes', () => seen.length >= 3);
    stop.abort();
    await watching;
    expect(seen).toEqual(['MODEL_STATE_READY', 'MODEL_STATE_SUSPENDED', 'MODEL_STATE_READY']);
    expect(events.map(({ action, model, reason }) => [action, model, reason])).toEqual([
      ['suspend', 'identity', 'because'],
      ['resume', 'identity', 'mended'],
    ]);
  });

  it('answers nothing that runs or waits at that moment, and everything afterwards, on the same host', async () => {
    const model = test.server.store.find('timed', '1');
    const long = codeOf(predict('timed', { inputs: x(...timed(ENDLESS)) }));
    const waiting = Array.from({ length: 5 }, () => codeOf(predict('timed', { inputs: x(...timed(0.03)) })));
    await eventually('one runs and five wait', () => model.running === 1 && model.queueLength === 5);
    await control.suspendModel('timed', '', 'stop');
    expect(await Promise.all([long, ...waiting])).toEqual(Array(6).fill('DH_MODEL_SUSPENDED'));
    await control.resumeModel('timed');
    expect(
      await codeOf(test.client.predict({ modelName: 'timed', inputs: x(...timed(0.03)) }, { deadlineMs: 60_000 })),
    ).toBe('OK');
  });

  it('[DH-R-054] gives no answer after the call is answered, however many are on their way', async () => {
    // One connection keeps the order in which the server lets answers go.
    const { ModelRuntime, ModelControl } = loadContract().deephealth.runtime.v1;
    const runtime = new ModelRuntime(test.server.address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    const stopper = new ModelControl(test.server.address, credentials.createInsecure(), {
      channelOverride: runtime.getChannel(),
    } as never);
    for (let round = 0; round < 2; round++) {
      const order: string[] = [];
      let isStopped = false;
      const caller = async () => {
        while (!isStopped || order.at(-1) === 'OK') {
          await new Promise<void>((resolve) =>
            runtime.predict({ modelName: 'identity', inputs: x(1, 2, 3, 4) }, (error) => {
              order.push(error === null ? 'OK' : 'refused');
              resolve();
            }),
          );
        }
      };
      const callers = Array.from({ length: 10 }, caller);
      await eventually('answers flow', () => order.filter((one) => one === 'OK').length > 50);
      await new Promise<void>((resolve, reject) =>
        stopper.suspendModel({ modelName: 'identity', reason: 'stop' }, (error) => {
          order.push('STOPPED');
          isStopped = true;
          if (error) reject(error);
          else resolve();
        }),
      );
      await Promise.all(callers);
      expect(order.slice(order.indexOf('STOPPED')), `round ${round}`).not.toContain('OK');
      await control.resumeModel('identity');
    }
    runtime.close();
  });

  it('loses its sequences, and pipelines stop like any other model', async () => {
    const item = (isStart: boolean) => ({
      sequenceContext: { sequenceId: 's', isStart, isEnd: false },
    });
    await predict('sum', item(true));
    await control.suspendModel('sum', '', 'stop');
    expect(await codeOf(predict('sum', item(false)))).toBe('DH_MODEL_SUSPENDED');
    await control.resumeModel('sum');
    expect(await codeOf(predict('sum', item(false)))).toBe('DH_SEQUENCE_LOST');
    expect(await codeOf(predict('sum', item(true)))).toBe('OK');
    await control.suspendModel('chain', '', 'stop');
    expect(await codeOf(predict('chain'))).toBe('DH_MODEL_SUSPENDED');
  });

  it('may be one version: then the others answer those who name none', async () => {
    await control.suspendModel('offset', '2', 'stop');
    expect(await codeOf(predict('offset', { modelVersion: '2' }))).toBe('DH_MODEL_SUSPENDED');
    expect((await predict('offset')).provenance?.modelVersion).toBe('1');
    await control.suspendModel('offset', '', 'all');
    expect(await codeOf(predict('offset'))).toBe('DH_MODEL_SUSPENDED');
    expect((await refusalOf(control.resumeModel('offset', '1'))).code).toBe('DH_MODEL_NOT_SUSPENDED');
    expect((await control.resumeModel('offset')).suspensions).toEqual([]);
    expect((await predict('offset')).provenance?.modelVersion).toBe('2');
  });

  it.each([
    ['identity', '', '', 'DH_REQUEST_MALFORMED'],
    ['identity', '', 'two\nlines', 'DH_REQUEST_MALFORMED'],
    ['identity', '9', 'why', 'DH_MODEL_VERSION_NOT_FOUND'],
    ['idenity', '', 'why', 'DH_MODEL_NOT_FOUND'],
    ['', '', 'why', 'DH_REQUEST_MALFORMED'],
  ])('is asked for rightly: %j %j for %j is refused', async (name, version, reason, code) => {
    expect((await refusalOf(control.suspendModel(name, version, reason))).code).toBe(code);
    expect((await control.getControlState()).suspensions).toEqual([]);
  });
});

describe('a suspension', () => {
  it('[DH-R-055] outlasts the server, and a damaged file of it keeps the server from starting', async () => {
    const home = mkdtempSync(join(tmpdir(), 'deephealth-state-'));
    try {
      buildTestPackage(join(home, 'store'), identityPackage);
      const options = { models: [join(home, 'store')], stateFolder: join(home, 'state') };
      const file = join(home, 'state', 'control.json');
      const first = await startTestServer([], options);
      const stopper = createControlClient({ address: first.server.address });
      expect(existsSync(file)).toBe(false);
      await stopper.suspendModel('identity', '', 'for good');
      stopper.close();
      await first.stop();
      const second = await startTestServer([], options);
      const asked = second.client.predict({ modelName: 'identity', inputs: x(1, 2, 3, 4) });
      expect((await refusalOf(asked)).message).toContain('for good');
      await second.stop();
      const whole = readFileSync(file, 'utf8');
      for (const damaged of [whole.slice(0, -10), '{}', whole.replace('"version"', '"versions"'), '']) {
        writeFileSync(file, damaged);
        expect((await refusalOf(startTestServer([], options))).code).toBe('DH_CONTROL_STATE_INVALID');
      }
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('passes through the face of an adapter, as the runtime names it among its features', async () => {
    const { serveContractFace } = await import('@deephealth/sdk');
    const face = await serveContractFace({ runtime: test.server.address });
    const throughFace = createControlClient({ address: face.address });
    const client = createRuntimeClient({ address: face.address });
    await throughFace.suspendModel('identity', '', 'through the adapter');
    const asked = client.predict({ modelName: 'identity', inputs: x(1, 2, 3, 4) });
    expect((await refusalOf(asked)).code).toBe('DH_MODEL_SUSPENDED');
    throughFace.close();
    client.close();
    await face.stop();
  });
});
