import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { RUNTIME_NAME } from '@deephealth/runtime';
import { assertContractShared, createRuntimeClient, sha256 } from '@deephealth/sdk';
import { identityModel, slowModel } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaryPackage, GREY_PNG_BASE64, imagePackage, signalPackage, tablePackage } from './medical-packages.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

let test: TestServer;
beforeAll(async () => {
  // Slow enough that no item is answered before the next one of the same write arrives.
  const slow = { ...identityPackage, name: 'slow', model: slowModel({ work: 1 }) };
  const newer = { ...identityPackage, version: '1.1-rc.1' };
  test = await startTestServer(
    [identityPackage, newer, slow, tablePackage, signalPackage, imagePackage, binaryPackage],
    { maxStreamItemsInFlight: 4 },
  );
});
afterAll(() => test.stop());

const binary = (probability: number, more: Partial<runtimeV1.PredictRequest> = {}) =>
  test.client.predict({ modelName: 'binary', inputs: [tensorInput('x', [probability])], ...more });
const kinds = (response: runtimeV1.PredictResponse__Output) => response.warnings.map((warning) => warning.kind);

describe('Predict', () => {
  it('gives what the model computes, for each kind of input', async () => {
    const table = await test.client.predict({
      modelName: 'table',
      inputs: [
        {
          name: 'patient',
          table: {
            values: [
              { name: 'pressure', number: 150, unit: 'mm[Hg]' },
              { name: 'sex', category: 'female' },
              { name: 'age', number: 40.5, unit: 'a' },
              { name: 'smoker', boolean: true },
            ],
          },
        },
      ],
    });
    expect(valuesOf(table)).toEqual([40.5, 0, 1, 150]);

    const samples = {
      dataType: 'DATA_TYPE_INT16',
      shape: [2, 4],
      data: Buffer.from(new Int16Array([9, 9, 9, 9, 1, -2, 3, 4]).buffer),
    } as const;
    const channels = [
      { name: 'V1', unit: 'mV' },
      { name: 'MLII', unit: 'mV' },
    ];
    const signal = await test.client.predict({
      modelName: 'signal',
      inputs: [{ name: 'ecg', signal: { channels, samplingRateHz: 250, samples } }],
    });
    expect(valuesOf(signal)).toEqual([1, -2, 3, 4]);

    const image = await test.client.predict({
      modelName: 'image',
      inputs: [{ name: 'photo', image: { data: Buffer.from(GREY_PNG_BASE64, 'base64'), mediaType: 'image/png' } }],
    });
    expect(valuesOf(image)).toEqual([0, 1]);
  });

  it('[DH-R-019] carries provenance that leads back to the package', async () => {
    const { provenance } = await binary(0.75);
    const folder = join(test.store, 'binary', '1');
    expect(provenance).toMatchObject({
      modelName: 'binary',
      modelVersion: '1',
      packageSha256: sha256(readFileSync(join(folder, 'SHA256SUMS'))),
      onnxSha256: createHash('sha256')
        .update(readFileSync(join(folder, 'model.onnx')))
        .digest('hex'),
      runtime: RUNTIME_NAME,
      engine: expect.stringMatching(/^onnxruntime(-node)?\/1\.30\.0$/),
      executionProvider: 'cpu',
      batchSize: 1,
      contractVersion: '1.0',
    });
    expect(provenance?.inputSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(provenance?.timings?.totalUs)).toBeGreaterThan(0);
    expect(Number(provenance?.completedAt?.seconds)).toBeGreaterThan(1.7e9);
  });

  it('gives equal inputs equal digests, and others other ones', async () => {
    const digest = async (p: number) => (await binary(p)).provenance?.inputSha256;
    expect(await digest(0.75)).toBe(await digest(0.75));
    expect(await digest(0.75)).not.toBe(await digest(0.7500001));
  });

  it('[DH-R-031] echoes the request id', async () => {
    expect((await binary(0.75, { requestId: 'case 17/b' })).requestId).toBe('case 17/b');
  });

  it('[DH-R-032] runs the package that the caller pinned', async () => {
    const expectedPackageSha256 = sha256(readFileSync(join(test.store, 'binary', '1', 'SHA256SUMS')));
    expect((await binary(0.75, { expectedPackageSha256 })).findings).toHaveLength(3);
  });

  it('[DH-R-035] gives one finding per requested output, in the manifest order', async () => {
    const names = async (outputs: string[]) =>
      (await binary(0.75, { outputs })).findings.map((finding) => finding.name);
    expect(await names([])).toEqual(['disease', 'always', 'raw']);
    expect(await names(['raw', 'disease'])).toEqual(['disease', 'raw']);
    expect(await names(['raw'])).toEqual(['raw']);
  });

  it('[DH-R-016] lists every class once, in order, with its probability', async () => {
    const { classification } = (await binary(0.75)).findings[0] as runtimeV1.Finding__Output;
    expect(classification?.classes.map(({ label, probability }) => [label, probability])).toEqual([
      ['absent', 0.25],
      ['present', 0.75],
    ]);
  });

  it('[DH-R-017] decides for the positive class at and above the threshold only', async () => {
    const decision = async (p: number) =>
      (await binary(p, { outputs: ['always'] })).findings[0]?.classification?.decision;
    expect(await decision(0.75)).toEqual(['present']);
    expect(await decision(0.5)).toEqual(['present']);
    expect(await decision(0.5 - 2 ** -25)).toEqual(['absent']);
    expect(await decision(1)).toEqual(['present']);
    expect(await decision(0)).toEqual(['absent']);
  });

  it('[DH-R-018] abstains where the manifest says so, and says why', async () => {
    const response = await binary(0.5);
    expect(response.findings[0]?.classification).toMatchObject({ abstained: true, decision: [] });
    expect(kinds(response)).toContain('WARNING_KIND_ABSTAINED');
  });

  it('[DH-R-036] warns near the threshold, of imputed values, of unusual values, of research use', async () => {
    expect(kinds(await binary(0.57, { outputs: ['disease'] }))).toContain('WARNING_KIND_NEAR_THRESHOLD');
    expect(kinds(await binary(0.75))).toEqual(['WARNING_KIND_RESEARCH_USE_ONLY']);
    const response = await test.client.predict({
      modelName: 'table',
      inputs: [
        {
          name: 'patient',
          table: {
            values: [
              { name: 'age', number: 95, unit: 'a' },
              { name: 'sex', category: 'male' },
              { name: 'smoker', boolean: false },
              { name: 'pressure', missing: 'MISSING_REASON_NOT_PERFORMED' },
            ],
          },
        },
      ],
    });
    expect(valuesOf(response)).toEqual([95, 1, 0, 130]);
    expect(response.warnings.map(({ kind, field }) => [kind, field])).toEqual([
      ['WARNING_KIND_OUTSIDE_TRAINING_RANGE', 'patient.age'],
      ['WARNING_KIND_IMPUTED', 'patient.pressure'],
      ['WARNING_KIND_RESEARCH_USE_ONLY', ''],
    ]);
  });

  it('gives each of many concurrent callers their own answer', async () => {
    const rows = Array.from({ length: 64 }, (_, i) => [i + 1, -i - 1, i / 8, 1]);
    const responses = await Promise.all(
      rows.map((row, i) =>
        test.client.predict({ modelName: 'identity', requestId: `${i}`, inputs: [tensorInput('x', row)] }),
      ),
    );
    expect(responses.map((response) => valuesOf(response))).toEqual(rows);
    expect(responses.map((response) => response.requestId)).toEqual(rows.map((_, i) => `${i}`));
  });

  it('answers a deadline that has already passed without running', async () => {
    const error = await refusalOf(
      test.client.predict({ modelName: 'identity', inputs: [tensorInput('x', [1, 2, 3, 4])] }, { deadlineMs: -1 }),
    );
    expect(error.code).toBe('DH_DEADLINE_EXCEEDED');
  });
});

describe('PredictStream', () => {
  const item = (row: number[]): runtimeV1.PredictRequest => ({
    modelName: 'identity',
    inputs: [tensorInput('x', row)],
  });

  it('answers many items, each with its own result', async () => {
    const stream = await test.client.predictStream();
    expect(stream.maxInFlight).toBe(4);
    const rows = Array.from({ length: 50 }, (_, i) => [i, 1, 2, 3]);
    const results = await Promise.all(rows.map((row, i) => stream.predict(`item-${i}`, item(row))));
    await stream.end();
    expect(results.map((result) => valuesOf(result))).toEqual(rows);
  });

  it('[DH-R-038] answers a failed item with its own status and goes on', async () => {
    const stream = await test.client.predictStream();
    const bad = refusalOf(stream.predict('bad', item([1, 2, Number.NaN, 4])));
    const good = stream.predict('good', item([1, 2, 3, 4]));
    expect((await bad).code).toBe('DH_VALUE_NOT_FINITE');
    expect((await bad).details).toMatchObject({ input: 'x', index: '2' });
    expect(valuesOf(await good)).toEqual([1, 2, 3, 4]);
    expect(valuesOf(await stream.predict('later', item([5, 6, 7, 8])))).toEqual([5, 6, 7, 8]);
    await stream.end();
  });

  /** Writes items without waiting for answers, as a client that keeps no rules would. */
  async function rawStream(ids: string[], modelName: string): Promise<runtimeV1.PredictStreamResponse__Output[]> {
    const { loadContract } = await import('@deephealth/proto');
    const { credentials } = await import('@grpc/grpc-js');
    const client = new (loadContract().deephealth.runtime.v1.ModelRuntime)(
      test.server.address,
      credentials.createInsecure(),
    );
    const call = client.predictStream();
    for (const itemId of ids) call.write({ itemId, request: { ...item([1, 2, 3, 4]), modelName } });
    call.end();
    const events: runtimeV1.PredictStreamResponse__Output[] = [];
    for await (const event of call) events.push(event as runtimeV1.PredictStreamResponse__Output);
    client.close();
    return events;
  }

  it('[DH-R-037] refuses an id that an unanswered item has, and no id', async () => {
    const events = await rawStream(['a', 'a', ''], 'slow');
    expect(events[0]?.ready?.maxInFlight).toBe(4);
    const outcomes = events
      .slice(1)
      .map((event) => [event.result?.itemId, event.result?.status?.code ?? 0, event.result?.status?.reason ?? 'ok']);
    expect(outcomes).toEqual([
      ['a', 3, 'ITEM_ID_DUPLICATE'],
      ['', 3, 'ITEM_ID_INVALID'],
      ['a', 0, 'ok'],
    ]);
  });

  it('refuses items beyond the limit, and answers the rest', async () => {
    const events = await rawStream(['1', '2', '3', '4', '5', '6'], 'slow');
    const reasons = events.slice(1).map((event) => event.result?.status?.reason ?? 'ok');
    expect(reasons.filter((reason) => reason === 'ok')).toHaveLength(4);
    expect(reasons.filter((reason) => reason === 'STREAM_LIMIT_EXCEEDED')).toHaveLength(2);
  });
});

describe('server information', () => {
  it('[DH-R-029] states contract versions, features and limits', async () => {
    const info = await test.client.getServerInfo();
    expect(info.contractVersions).toEqual([{ major: 1, minor: 0 }]);
    expect(() => assertContractShared(info)).not.toThrow();
    expect(info).toMatchObject({
      name: 'deephealth-runtime',
      isReady: true,
      executionProviders: ['cpu', 'remote'],
      engine: expect.stringMatching(/^onnxruntime(-node)?\/1\.30\.0$/),
    });
    expect(info.limits).toMatchObject({
      maxMessageBytes: String(64 * 1024 * 1024),
      maxStreamItemsInFlight: 4,
      maxQueueLength: 256,
    });
  });

  it('lists models newest first and gives the newest release to callers without a version', async () => {
    const models = await test.client.listModels('identity');
    expect(models.map(({ version, isDefault }) => [version, isDefault])).toEqual([
      ['1.1-rc.1', true],
      ['1', false],
    ]);
  });

  it('describes a model as its manifest does', async () => {
    const model = await test.client.getModel('table');
    expect(model.inputs[0]).toMatchObject({ name: 'patient', kind: 'INPUT_KIND_TABLE', required: true });
    expect(model.inputs[0]?.columns.map(({ name, unit, mayBeMissing }) => [name, unit, mayBeMissing])).toEqual([
      ['age', 'a', false],
      ['sex', '', false],
      ['smoker', '', false],
      ['pressure', 'mm[Hg]', true],
    ]);
    expect(model.tensorInputs).toMatchObject([{ name: 'x', dataType: 'DATA_TYPE_FP32', shape: ['-1', '4'] }]);
    expect(model.verification?.checks.map(({ name, status }) => [name, status])).toEqual(
      ['package', 'graph', 'session', 'golden', 'determinism', 'batching'].map((name) => [name, 'CHECK_STATUS_PASSED']),
    );
    expect(JSON.parse(model.manifestJson)).toMatchObject({ name: 'table', schemaVersion: 1 });
  });

  it('[DH-R-025] answers NOT_FOUND for a model that is not there', async () => {
    expect((await refusalOf(test.client.getModel('nobody'))).code).toBe('DH_MODEL_NOT_FOUND');
    expect((await refusalOf(test.client.getModel('table', '9'))).code).toBe('DH_MODEL_VERSION_NOT_FOUND');
  });

  it('[DH-R-026] watches: a complete snapshot first, then each change', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const client = createRuntimeClient({ address: test.server.address });
    for await (const { model, isSnapshotComplete } of client.watchModels('signal', { signal: abort.signal })) {
      seen.push(`${model?.name} ${model?.state} ${isSnapshotComplete}`);
      if (isSnapshotComplete) void test.client.unloadModel('signal', '1');
      if (model?.state === 'MODEL_STATE_UNLOADED') abort.abort();
    }
    client.close();
    expect(seen).toEqual([
      'signal MODEL_STATE_READY true',
      'signal MODEL_STATE_DRAINING false',
      'signal MODEL_STATE_UNLOADED false',
    ]);
    await test.client.loadModel('signal', '1');
  });

  it('refuses work for a model that was unloaded, until it is loaded again', async () => {
    await test.client.unloadModel('image', '1');
    const call = () => test.client.predict({ modelName: 'image', inputs: [] });
    expect((await refusalOf(call())).code).toBe('DH_MODEL_UNLOADED');
    expect((await test.client.loadModel('image', '1')).state).toBe('MODEL_STATE_READY');
    expect((await refusalOf(call())).code).toBe('DH_INPUT_MISSING');
  });
});

describe('large tensors', () => {
  it('cross whole, at sizes around the frame and window limits', async () => {
    const model = {
      name: 'wide',
      model: identityModel({ dataType: 'FP32', shape: ['batch', 'n'] }),
      tensors: {
        inputs: [{ name: 'x', dataType: 'FP32' as const, shape: [-1, -1], maxExtent: 10_000_000 }],
        outputs: [{ name: 'y', dataType: 'FP32' as const, shape: [-1, -1], maxExtent: 10_000_000 }],
      },
      golden: [
        {
          id: 'g',
          inputs: { x: { dataType: 'FP32' as const, shape: [1, 1], values: [1] } },
          expected: { y: { dataType: 'FP32' as const, shape: [1, 1], values: [1] } },
        },
      ],
    };
    const wide = await startTestServer([model]);
    for (const length of [1, 16_383, 16_384, 16_385, 262_144, 5_000_001]) {
      const values = Float32Array.from({ length }, (_, i) => i % 65_521);
      const data = Buffer.from(values.buffer);
      const response = await wide.client.predict({
        modelName: 'wide',
        inputs: [{ name: 'x', tensor: { dataType: 'DATA_TYPE_FP32', shape: [1, length], data } }],
      });
      expect(response.findings[0]?.tensor?.data.equals(data)).toBe(true);
    }
    await wide.stop();
  });
});
