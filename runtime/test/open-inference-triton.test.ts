import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type inferenceV2, loadContract } from '@deephealth/proto';
import { decodeBytesElements, tensorFromValues } from '@deephealth/sdk';
import {
  identityModel,
  runningSumModel,
  runningSumReference,
  seededValues,
  slowModel,
  type TestPackageOptions,
} from '@deephealth/sdk/testing';
import { type ClientDuplexStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityPackage, startTestServer, type TestServer } from './test-server.js';

type Request = inferenceV2.ModelInferRequest;
type Response = inferenceV2.ModelInferResponse__Output;
type Answer = inferenceV2.ModelStreamInferResponse__Output;

const WIDTH = 4;
const spec = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, WIDTH] });
const row = (...values: number[]) => ({ dataType: 'FP32' as const, shape: [1, values.length], values });

const runningSum: TestPackageOptions = {
  name: 'running-sum',
  model: runningSumModel(),
  tensors: { inputs: [spec('x'), spec('state')], outputs: [spec('y'), spec('state_out')] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }] },
  },
  golden: [{ id: 'first', inputs: { x: row(1, 2, 3, 4) }, expected: { y: row(1, 2, 3, 4) } }],
};

const scores: TestPackageOptions = {
  name: 'scores',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 3] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 3] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 3] }],
  },
  manifest: {
    outputs: [
      {
        name: 'finding',
        kind: 'classification',
        from: 'y',
        mode: 'multilabel',
        classes: [{ label: 'effusion' }, { label: 'nodule' }, { label: 'fracture' }],
      },
    ],
  },
  golden: [{ id: 'one', inputs: { x: row(0.25, 0.5, 0.75) }, expected: { y: row(0.25, 0.5, 0.75) } }],
};

const slow: TestPackageOptions = {
  name: 'slow',
  model: slowModel({ work: 10 }),
  tensors: { inputs: [spec('x')], outputs: [spec('y')] },
  golden: [{ id: 'one', inputs: { x: row(1, 2, 3, 4) }, expected: { y: row(1, 2, 3, 4) } }],
};

let test: TestServer;
let client: InstanceType<ReturnType<typeof loadContract>['inference']['GRPCInferenceService']>;
beforeAll(async () => {
  const limits = { maxBatchSize: 1, abandonGraceMs: 100 };
  test = await startTestServer([identityPackage, runningSum, scores, slow], { sharedMemory: true, limits });
  client = new (loadContract().inference.GRPCInferenceService)(test.server.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await test.stop();
});

const call = <T>(run: (done: (error: ServiceError | null, response?: T) => void) => void) =>
  new Promise<T>((resolve, reject) => run((error, response) => (error ? reject(error) : resolve(response as T))));
const infer = (request: Request) => call<Response>((done) => client.modelInfer(request, done));
const floats = (values: readonly number[]) =>
  Buffer.from(tensorFromValues('FP32', [values.length], values as number[]).data);
const requestOf = (modelName: string, values: readonly number[], more: Request = {}): Request => ({
  modelName,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, values.length] }],
  rawInputContents: [floats(values)],
  ...more,
});
const inSequence = (id: number | string, isStart: boolean, isEnd: boolean): NonNullable<Request['parameters']> => ({
  sequence_id: typeof id === 'number' ? { int64Param: id } : { stringParam: id },
  sequence_start: { boolParam: isStart },
  sequence_end: { boolParam: isEnd },
});

/** Answers to everything that was sent, and the status that the stream ended with. */
async function exchange(requests: readonly Request[], metadata = new Metadata()) {
  const stream = client.modelStreamInfer(metadata) as unknown as ClientDuplexStream<Request, Answer>;
  const answers: Answer[] = [];
  stream.on('data', (answer: Answer) => answers.push(answer));
  stream.on('error', () => undefined);
  const ended = new Promise<{ code: status; details: string }>((resolve) => stream.on('status', resolve));
  for (const request of requests) stream.write(request);
  stream.end();
  return { answers, ended: await ended };
}

describe('sequences', () => {
  const items = Array.from({ length: 12 }, (_, index) => seededValues(WIDTH, index + 1).map(Math.fround));

  it('run in order on one stream, mixed with others, each on its own state', async () => {
    const own = { a: items.slice(0, 6), b: items.slice(6) };
    const requests = own.a.flatMap((_, index) =>
      (['a', 'b'] as const).map((id) =>
        requestOf('running-sum', own[id][index] ?? [], {
          id: `${id}${index}`,
          parameters: inSequence(`ward ${id}`, index === 0, index === 5),
        }),
      ),
    );
    const { answers, ended } = await exchange(requests);
    expect(ended.code).toBe(status.OK);
    for (const id of ['a', 'b'] as const) {
      const mine = answers.filter(({ inferResponse }) => inferResponse?.id.startsWith(id));
      expect(mine.map(({ inferResponse }) => inferResponse?.id)).toEqual(own[id].map((_, index) => `${id}${index}`));
      expect(mine.map(({ inferResponse }) => inferResponse?.rawOutputContents)).toEqual(
        runningSumReference(own[id]).map((sum) => [floats(sum)]),
      );
      const positions = mine.map((answer) => answer.inferResponse?.parameters.deephealth_sequence_position?.int64Param);
      expect(positions).toEqual(['1', '2', '3', '4', '5', '6']);
    }
  });

  it('are lost by an item that is refused: no later one runs on a state that lacks it', async () => {
    const at = (index: number, more: Request = {}) =>
      requestOf('running-sum', items[index] ?? [], {
        id: String(index),
        parameters: inSequence(77, index === 0, false),
        ...more,
      });
    const { answers } = await exchange([at(0), at(1, { rawInputContents: [floats([1])] }), at(2)]);
    expect(answers.map(({ inferResponse }) => inferResponse?.parameters.deephealth_error?.stringParam)).toEqual([
      undefined,
      'DH_TENSOR_SIZE_MISMATCH',
      'DH_SEQUENCE_LOST',
    ]);
  });

  it('need an id', async () => {
    await expect(infer(requestOf('running-sum', [1, 2, 3, 4]))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('must specify a non-zero or non-empty correlation ID'),
    });
  });

  it('are announced in metadata and configuration without their state', async () => {
    const metadata = await call<inferenceV2.ModelMetadataResponse__Output>((done) =>
      client.modelMetadata({ name: 'running-sum' }, done),
    );
    expect([...metadata.inputs, ...metadata.outputs].map(({ name }) => name)).toEqual(['x', 'y']);
    const { config } = await call<inferenceV2.ModelConfigResponse__Output>((done) =>
      client.modelConfig({ name: 'running-sum' }, done),
    );
    expect(config).toMatchObject({ maxBatchSize: 0, input: [{ name: 'x', dims: ['-1', '4'] }], dynamicBatching: null });
  });
});

describe('ModelStreamInfer', () => {
  const unknown = requestOf('nobody', [1], { id: 'bad' });
  const good = requestOf('identity', [1, 2, 3, 4], { id: 'good' });

  it('answers an error as a text and goes on', async () => {
    const { answers, ended } = await exchange([unknown, good]);
    expect(ended.code).toBe(status.OK);
    expect(answers).toHaveLength(2);
    expect(answers.find(({ inferResponse }) => inferResponse?.id === 'bad')?.errorMessage).toBe(
      "Request for unknown model: 'nobody' is not found",
    );
    const sound = answers.find(({ inferResponse }) => inferResponse?.id === 'good');
    expect(sound).toMatchObject({ errorMessage: '', inferResponse: { rawOutputContents: [floats([1, 2, 3, 4])] } });
  });

  it('ends with the status of an error where the caller asks for it', async () => {
    const metadata = new Metadata();
    metadata.set('triton_grpc_error', 'true');
    const { ended } = await exchange([unknown, good], metadata);
    expect(ended).toMatchObject({ code: status.NOT_FOUND, details: expect.stringContaining("'nobody' is not found") });
  });
});

describe('parameters', () => {
  it('give the best classes with their labels', async () => {
    const outputs = [{ name: 'y', parameters: { classification: { int64Param: 2 } } }];
    const response = await infer(requestOf('scores', [0.25, 0.5, 0.75], { outputs }));
    expect(response.outputs).toMatchObject([{ name: 'y', datatype: 'BYTES', shape: ['1', '2'] }]);
    const elements = decodeBytesElements('y', response.rawOutputContents[0] as Buffer, 2);
    expect(elements.map((element) => Buffer.from(element).toString())).toEqual([
      '0.750000:2:fracture',
      '0.500000:1:nodule',
    ]);
  });

  it('end a request whose timeout passes while it runs, and leave the model to others', async () => {
    const parameters = { timeout: { int64Param: 50_000 } };
    await expect(infer(requestOf('slow', [1, 2, 3, 4], { parameters }))).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    expect((await infer(requestOf('slow', [1, 2, 3, 4]))).rawOutputContents).toEqual([floats([1, 2, 3, 4])]);
  });

  it('take every priority', async () => {
    for (const uint64Param of [0, 1, 2, 3, 200]) {
      const response = await infer(requestOf('identity', [1, 2, 3, 4], { parameters: { priority: { uint64Param } } }));
      expect(response.rawOutputContents).toHaveLength(1);
    }
  });
});

describe.runIf(existsSync('/dev/shm'))('system shared memory', () => {
  const key = `/oip-test-${process.pid}`;
  const path = `/dev/shm${key}`;
  afterAll(() => rmSync(path, { force: true }));

  it('carries inputs and outputs past the messages', async () => {
    writeFileSync(path, Buffer.concat([floats([1, -2, 3, 0.5]), Buffer.alloc(16)]), { mode: 0o600 });
    await call((done) => client.systemSharedMemoryRegister({ name: 'region', key, byteSize: 32 }, done));
    expect(
      await call<inferenceV2.SystemSharedMemoryStatusResponse__Output>((done) =>
        client.systemSharedMemoryStatus({}, done),
      ),
    ).toEqual({ regions: { region: { name: 'region', key, offset: '0', byteSize: '32' } } });
    const at = (offset: number) => ({
      shared_memory_region: { stringParam: 'region' },
      shared_memory_byte_size: { int64Param: 16 },
      shared_memory_offset: { int64Param: offset },
    });
    const response = await infer({
      modelName: 'identity',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], parameters: at(0) }],
      outputs: [{ name: 'y', parameters: at(16) }],
    });
    expect(response.rawOutputContents).toEqual([Buffer.alloc(0)]);
    expect(readFileSync(path).subarray(16)).toEqual(floats([1, -2, 3, 0.5]));
    await call((done) => client.systemSharedMemoryUnregister({}, done));
    expect(await call((done) => client.systemSharedMemoryStatus({}, done))).toEqual({ regions: {} });
  });
});

describe('the repository', () => {
  it('unloads and loads a model by name, and says why one cannot be loaded', async () => {
    const ready = () =>
      call<inferenceV2.ModelReadyResponse__Output>((done) => client.modelReady({ name: 'scores' }, done));
    await call((done) => client.repositoryModelUnload({ modelName: 'scores' }, done));
    expect(await ready()).toEqual({ ready: false });
    const { models } = await call<inferenceV2.RepositoryIndexResponse__Output>((done) =>
      client.repositoryIndex({}, done),
    );
    expect(models.find(({ name }) => name === 'scores')).toMatchObject({ state: 'UNAVAILABLE', reason: 'unloaded' });
    await call((done) => client.repositoryModelLoad({ modelName: 'scores' }, done));
    expect(await ready()).toEqual({ ready: true });
    await expect(call((done) => client.repositoryModelLoad({ modelName: 'nobody' }, done))).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: "failed to load 'nobody', failed to poll from model repository",
    });
  });
});

describe('ModelStatistics', () => {
  it('counts what was answered, what failed, and how long it took', async () => {
    const read = async () => {
      const { modelStats } = await call<inferenceV2.ModelStatisticsResponse__Output>((done) =>
        client.modelStatistics({ name: 'identity', version: '1' }, done),
      );
      return modelStats[0] as inferenceV2.ModelStatistics__Output;
    };
    const before = await read();
    for (let index = 0; index < 5; index++) await infer(requestOf('identity', [1, 2, 3, 4]));
    await infer(requestOf('identity', [1, 2, 3, Number.NaN])).catch(() => undefined);
    const after = await read();
    const grown = (of: (stats: inferenceV2.ModelStatistics__Output) => string | undefined) =>
      Number(of(after)) - Number(of(before) ?? 0);
    expect(grown((stats) => stats.inferenceCount)).toBe(5);
    expect(grown((stats) => stats.executionCount)).toBe(5);
    expect(grown((stats) => stats.inferenceStats?.success?.count)).toBe(5);
    expect(grown((stats) => stats.inferenceStats?.fail?.count)).toBe(1);
    expect(grown((stats) => stats.inferenceStats?.queue?.count)).toBe(5);
    const success = grown((stats) => stats.inferenceStats?.success?.ns);
    const computed = grown((stats) => stats.inferenceStats?.computeInfer?.ns);
    expect(computed).toBeGreaterThan(0);
    expect(success).toBeGreaterThan(computed);
    expect(after.batchStats.map(({ batchSize }) => batchSize)).toEqual(['1']);
    expect(Date.now() - Number(after.lastInference)).toBeLessThan(60_000);
  });
});
