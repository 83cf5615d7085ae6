import { type inferenceV2, loadContract } from '@deephealth/proto';
import { tensorFromValues } from '@deephealth/sdk';
import { buildOnnxModel, identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityPackage, startTestServer, type TestServer } from './test-server.js';

type Request = inferenceV2.ModelInferRequest;
type Response = inferenceV2.ModelInferResponse__Output;

const identity = (
  dataType: 'INT64' | 'BYTES' | 'BOOL' | 'FP16' | 'INT8',
  value: number | string,
): TestPackageOptions => ({
  name: dataType.toLowerCase(),
  model: identityModel({ dataType, shape: ['batch', 2] }),
  tensors: { inputs: [{ name: 'x', dataType, shape: [-1, 2] }], outputs: [{ name: 'y', dataType, shape: [-1, 2] }] },
  golden: [
    {
      id: 'g',
      inputs: { x: { dataType, shape: [1, 2], values: [value, value] } },
      expected: { y: { dataType, shape: [1, 2], values: [value, value] } },
    },
  ],
});

const spec = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, 2] });
const row = (values: number[]) => ({ dataType: 'FP32' as const, shape: [1, 2], values });
const twoByTwo: TestPackageOptions = {
  name: 'two',
  model: buildOnnxModel({
    inputs: ['a', 'b'].map((name) => ({ name, dataType: 'FP32' as const, shape: ['batch', 2] })),
    outputs: ['sum', 'difference'].map((name) => ({ name, dataType: 'FP32' as const, shape: ['batch', 2] })),
    nodes: [
      { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
      { op: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
    ],
  }),
  tensors: { inputs: [spec('a'), spec('b')], outputs: [spec('sum'), spec('difference')] },
  golden: [
    { id: 'g', inputs: { a: row([3, 4]), b: row([1, 2]) }, expected: { sum: row([4, 6]), difference: row([2, 2]) } },
  ],
};

let test: TestServer;
let client: InstanceType<ReturnType<typeof loadContract>['inference']['GRPCInferenceService']>;
beforeAll(async () => {
  const broken = { ...identityPackage, name: 'broken', golden: [] };
  test = await startTestServer([
    identityPackage,
    broken,
    twoByTwo,
    identity('INT64', 1),
    identity('BYTES', 'a'),
    identity('BOOL', 1),
    identity('FP16', 1),
    identity('INT8', 1),
  ]);
  client = new (loadContract().inference.GRPCInferenceService)(test.server.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await test.stop();
});

const infer = (request: Request) =>
  new Promise<Response>((resolve, reject) =>
    client.modelInfer(request, (error, response) => (error ? reject(error) : resolve(response as Response))),
  );

async function failure(request: Request): Promise<ServiceError> {
  return infer(request).then(
    () => {
      throw new Error('the request was expected to be refused');
    },
    (error) => error as ServiceError,
  );
}

const raw = (dataType: 'FP32' | 'INT64' | 'BYTES' | 'BOOL' | 'FP16', values: (number | bigint | string)[]) =>
  Buffer.from(tensorFromValues(dataType, [values.length], values).data);
const x = (datatype: string, shape: (number | string)[] = [1, 2]) => ({ name: 'x', datatype, shape });

describe('ModelInfer', () => {
  it('answers raw contents with raw contents, each output by its position', async () => {
    const inputs = [
      { name: 'b', datatype: 'FP32', shape: [2, 2] },
      { name: 'a', datatype: 'FP32', shape: [2, 2] },
    ];
    const response = await infer({
      modelName: 'two',
      id: 'case 1',
      inputs,
      rawInputContents: [raw('FP32', [1, 2, 3, 4]), raw('FP32', [10, 20, 30, 40])],
    });
    expect(response).toMatchObject({ modelName: 'two', modelVersion: '1', id: 'case 1' });
    expect(response.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['sum', 'FP32', ['2', '2']],
      ['difference', 'FP32', ['2', '2']],
    ]);
    expect(response.rawOutputContents).toEqual([raw('FP32', [11, 22, 33, 44]), raw('FP32', [9, 18, 27, 36])]);
    expect(response.parameters.deephealth_package_sha256?.stringParam).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives only the outputs asked for, in the order asked for', async () => {
    const inputs = ['a', 'b'].map((name) => ({
      name,
      datatype: 'FP32',
      shape: [1, 2],
      contents: { fp32Contents: [5, 6] },
    }));
    const response = await infer({ modelName: 'two', inputs, outputs: [{ name: 'difference' }, { name: 'sum' }] });
    expect(response.outputs.map((output) => output.name)).toEqual(['difference', 'sum']);
    expect(response.rawOutputContents).toEqual([raw('FP32', [0, 0]), raw('FP32', [10, 12])]);
  });

  it('keeps 64-bit integers exactly, raw and typed', async () => {
    const values = [2n ** 53n + 1n, -(2n ** 63n)];
    const expected = raw('INT64', values);
    expect(
      (await infer({ modelName: 'int64', inputs: [x('INT64')], rawInputContents: [expected] })).rawOutputContents,
    ).toEqual([expected]);
    const typed = await infer({
      modelName: 'int64',
      inputs: [{ ...x('INT64'), contents: { int64Contents: values.map(String) } }],
    });
    expect(typed.rawOutputContents).toEqual([expected]);
  });

  it('carries byte strings, booleans and half floats', async () => {
    const texts = raw('BYTES', ['größe', '']);
    expect(
      (await infer({ modelName: 'bytes', inputs: [x('BYTES')], rawInputContents: [texts] })).rawOutputContents,
    ).toEqual([texts]);
    const typed = await infer({
      modelName: 'bytes',
      inputs: [{ ...x('BYTES'), contents: { bytesContents: [Buffer.from('größe'), Buffer.alloc(0)] } }],
    });
    expect(typed.rawOutputContents).toEqual([texts]);
    expect(
      (await infer({ modelName: 'bool', inputs: [{ ...x('BOOL'), contents: { boolContents: [true, false] } }] }))
        .rawOutputContents,
    ).toEqual([Buffer.from([1, 0])]);
    const halves = raw('FP16', [1.5, -0]);
    expect(
      (await infer({ modelName: 'fp16', inputs: [x('FP16')], rawInputContents: [halves] })).rawOutputContents,
    ).toEqual([halves]);
  });

  it('refuses a text with a zero byte, at which the engine would cut it', async () => {
    const cut = infer({ modelName: 'bytes', inputs: [x('BYTES')], rawInputContents: [raw('BYTES', ['a\0b', 'c'])] });
    await expect(cut).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('zero byte'),
    });
  });

  it('takes a content_type that leaves elements as they are, and refuses one that would have them decoded', async () => {
    const typed = (contentType: string) =>
      infer({
        modelName: 'bytes',
        inputs: [{ ...x('BYTES'), parameters: { content_type: { stringParam: contentType } } }],
        rawInputContents: [raw('BYTES', ['YQ==', ''])],
      });
    for (const plain of ['np', 'pd', 'str', 'datetime']) {
      expect((await typed(plain)).rawOutputContents).toEqual([raw('BYTES', ['YQ==', ''])]);
    }
    await expect(typed('base64')).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining("'content_type' is 'base64', expected one of: np, pd, str, datetime"),
    });
  });

  type Case = [title: string, request: Request, code: status, text: string];
  const good = raw('FP32', [1, 2, 3, 4]);
  const four = { name: 'x', datatype: 'FP32', shape: [1, 4] };
  const CASES: Case[] = [
    [
      'an unknown model',
      { modelName: 'nobody', inputs: [] },
      status.NOT_FOUND,
      "Request for unknown model: 'nobody' is not found",
    ],
    [
      'an unknown version',
      { modelName: 'identity', modelVersion: '9', inputs: [] },
      status.NOT_FOUND,
      "Request for unknown model: 'identity' version 9 is not found",
    ],
    ['a refused model', { modelName: 'broken', inputs: [] }, status.FAILED_PRECONDITION, 'golden case'],
    [
      'a wrong input name',
      { modelName: 'identity', inputs: [{ ...four, name: 'z' }], rawInputContents: [good] },
      status.INVALID_ARGUMENT,
      "unexpected inference input 'z'",
    ],
    [
      'an input twice',
      { modelName: 'identity', inputs: [four, four], rawInputContents: [good, good] },
      status.INVALID_ARGUMENT,
      'already exists',
    ],
    [
      'a missing input',
      { modelName: 'identity', inputs: [] },
      status.INVALID_ARGUMENT,
      'expected 1 inputs but got 0 inputs',
    ],
    [
      'a wrong type',
      { modelName: 'identity', inputs: [{ ...four, datatype: 'FP64' }], rawInputContents: [Buffer.alloc(32)] },
      status.INVALID_ARGUMENT,
      'FP32',
    ],
    [
      'a type that does not exist',
      { modelName: 'identity', inputs: [{ ...four, datatype: 'FLOAT' }], rawInputContents: [good] },
      status.INVALID_ARGUMENT,
      'FP32',
    ],
    [
      'a wrong shape',
      { modelName: 'identity', inputs: [{ ...four, shape: [4] }], rawInputContents: [good] },
      status.INVALID_ARGUMENT,
      'rank',
    ],
    [
      'an overflowing shape',
      { modelName: 'identity', inputs: [{ ...four, shape: ['4611686018427387904', 4] }], rawInputContents: [good] },
      status.INVALID_ARGUMENT,
      'more elements',
    ],
    [
      'one byte more',
      { modelName: 'identity', inputs: [four], rawInputContents: [Buffer.alloc(17)] },
      status.INVALID_ARGUMENT,
      'needs 16 bytes, got 17',
    ],
    [
      'one byte less',
      { modelName: 'identity', inputs: [four], rawInputContents: [Buffer.alloc(15)] },
      status.INVALID_ARGUMENT,
      'needs 16 bytes, got 15',
    ],
    [
      'too few raw entries',
      {
        modelName: 'two',
        inputs: [
          { name: 'a', datatype: 'FP32', shape: [1, 2] },
          { name: 'b', datatype: 'FP32', shape: [1, 2] },
        ],
        rawInputContents: [Buffer.alloc(8)],
      },
      status.INVALID_ARGUMENT,
      'raw_input_contents',
    ],
    [
      'raw and typed contents',
      { modelName: 'identity', inputs: [{ ...four, contents: { fp32Contents: [1] } }], rawInputContents: [good] },
      status.INVALID_ARGUMENT,
      "contents field must not be specified when using raw_input_contents for 'x' for model 'identity'",
    ],
    [
      'FP16 in typed contents',
      { modelName: 'fp16', inputs: [{ ...x('FP16'), contents: { fp32Contents: [1, 2] } }] },
      status.INVALID_ARGUMENT,
      'raw_input_contents',
    ],
    [
      'a typed integer outside its type',
      { modelName: 'int8', inputs: [{ ...x('INT8'), contents: { intContents: [1, 200] } }] },
      status.INVALID_ARGUMENT,
      'INT8',
    ],
    [
      'NaN',
      { modelName: 'identity', inputs: [four], rawInputContents: [raw('FP32', [1, Number.NaN, 3, 4])] },
      status.INVALID_ARGUMENT,
      'NaN',
    ],
    [
      'batches of different sizes',
      {
        modelName: 'two',
        inputs: [
          { name: 'a', datatype: 'FP32', shape: [1, 2] },
          { name: 'b', datatype: 'FP32', shape: [2, 2] },
        ],
        rawInputContents: [Buffer.alloc(8), Buffer.alloc(16)],
      },
      status.INVALID_ARGUMENT,
      'different numbers of items',
    ],
    [
      'byte strings whose lengths do not add up',
      { modelName: 'bytes', inputs: [x('BYTES')], rawInputContents: [Buffer.from([9, 0, 0, 0, 65])] },
      status.INVALID_ARGUMENT,
      'length-prefixed',
    ],
    [
      'byte strings that are no UTF-8',
      { modelName: 'bytes', inputs: [x('BYTES')], rawInputContents: [Buffer.from([1, 0, 0, 0, 0xff, 0, 0, 0, 0])] },
      status.INVALID_ARGUMENT,
      'UTF-8',
    ],
    [
      'a boolean that is none',
      { modelName: 'bool', inputs: [x('BOOL')], rawInputContents: [Buffer.from([1, 2])] },
      status.INVALID_ARGUMENT,
      'neither 0 nor 1',
    ],
    [
      'an unknown output',
      { modelName: 'identity', inputs: [four], outputs: [{ name: 'z' }], rawInputContents: [good] },
      status.INVALID_ARGUMENT,
      "unexpected inference output 'z'",
    ],
    [
      'a sequence',
      {
        modelName: 'identity',
        inputs: [four],
        rawInputContents: [good],
        parameters: { sequence_id: { int64Param: 7 } },
      },
      status.INVALID_ARGUMENT,
      'sequence_id',
    ],
    [
      'shared memory',
      { modelName: 'identity', inputs: [{ ...four, parameters: { shared_memory_region: { stringParam: 'r' } } }] },
      status.INVALID_ARGUMENT,
      'shared_memory_region',
    ],
  ];

  it.each(CASES)('refuses %s, and answers the next request', async (_title, request, code, text) => {
    const error = await failure(request);
    expect({ code: error.code, details: error.details }).toEqual({ code, details: expect.stringContaining(text) });
    const next = await infer({ modelName: 'identity', inputs: [four], rawInputContents: [good] });
    expect(next.rawOutputContents).toEqual([good]);
  });

  it('understands the parameters that clients send by default', async () => {
    const parameters = {
      priority: { uint64Param: 0 },
      sequence_id: { int64Param: 0 },
      sequence_start: { boolParam: false },
      my_own: { stringParam: 'kept' },
    };
    expect(
      (await infer({ modelName: 'identity', inputs: [four], rawInputContents: [good], parameters })).rawOutputContents,
    ).toEqual([good]);
  });
});

describe('the other calls', () => {
  const call = <T>(run: (done: (error: ServiceError | null, response?: T) => void) => void) =>
    new Promise<T>((resolve, reject) => run((error, response) => (error ? reject(error) : resolve(response as T))));

  it('say that the server lives and is ready', async () => {
    expect(await call((done) => client.serverLive({}, done))).toEqual({ live: true });
    expect(await call((done) => client.serverReady({}, done))).toEqual({ ready: true });
    expect(await call((done) => client.serverMetadata({}, done))).toMatchObject({
      name: 'deephealth-runtime',
      extensions: expect.arrayContaining(['binary_tensor_data', 'model_repository', 'statistics']),
    });
  });

  it('say which model is ready', async () => {
    expect(await call((done) => client.modelReady({ name: 'identity' }, done))).toEqual({ ready: true });
    expect(await call((done) => client.modelReady({ name: 'broken' }, done))).toEqual({ ready: false });
    await expect(call((done) => client.modelReady({ name: 'nobody' }, done))).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
  });

  it('describe tensors with -1 for what may vary', async () => {
    expect(await call((done) => client.modelMetadata({ name: 'two' }, done))).toEqual({
      name: 'two',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: ['-1', '2'] })),
      outputs: ['sum', 'difference'].map((name) => ({ name, datatype: 'FP32', shape: ['-1', '2'] })),
    });
  });

  it('list the repository, refused models with their reason, or only the ready ones', async () => {
    type Index = inferenceV2.RepositoryIndexResponse__Output;
    const { models } = await call<Index>((done) => client.repositoryIndex({}, done));
    expect(models).toHaveLength(8);
    expect(models.find((model) => model.name === 'broken')).toMatchObject({
      state: 'UNAVAILABLE',
      reason: expect.stringContaining('golden'),
    });
    const ready = await call<Index>((done) => client.repositoryIndex({ ready: true }, done));
    expect(ready.models).toHaveLength(7);
    expect(ready.models.every((model) => model.state === 'READY')).toBe(true);
  });

  it('that need shared memory are UNIMPLEMENTED while it is off, and it is not announced', async () => {
    await expect(call((done) => client.systemSharedMemoryStatus({}, done))).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringContaining('Shared memory is off'),
    });
    const { extensions } = await call<inferenceV2.ServerMetadataResponse__Output>((done) =>
      client.serverMetadata({}, done),
    );
    expect(extensions).not.toContain('system_shared_memory');
  });
});
