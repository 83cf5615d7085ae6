import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inferenceService, modelRuntimeService } from '@deephealth/proto';
import {
  type AuditRecord,
  findingsDigest,
  readRecords,
  replayRecord,
  tensorsDigest,
  toFhirAuditEvent,
  verifyLog,
} from '@deephealth/runtime';
import { DEFAULT_MAX_TENSOR_ELEMENTS } from '@deephealth/sdk';
import { runningSumModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput } from './test-server.js';

let folder: string;
let served: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-audit-'));
  served = await startTestServer([identityPackage], {
    audit: { folder },
    httpPort: 0,
    limits: { maxBatchSize: 1 },
  });
});
afterAll(async () => {
  await served.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function recordOf(requestId: string): Promise<AuditRecord> {
  for await (const { record } of readRecords(folder)) if (record.request === requestId) return record;
  throw new Error(`no record of ${requestId}`);
}

const VALUES = [1, 2, 3, 4];
const bytes = Buffer.from(new Float32Array(VALUES).buffer);
const predict = (requestId: string, values: readonly number[] = VALUES) =>
  served.client.predict({ modelName: 'identity', requestId, inputs: [tensorInput('x', values)] });

async function inferOverGrpc(id: string): Promise<void> {
  const { ModelInfer } = inferenceService();
  const client = new Client(served.server.address, credentials.createInsecure());
  const request = {
    modelName: 'identity',
    id,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
    rawInputContents: [bytes],
  };
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(
      ModelInfer.path,
      ModelInfer.requestSerialize,
      ModelInfer.responseDeserialize,
      request,
      (error) => (error ? reject(error) : resolve()),
    );
  });
  client.close();
}

async function inferStreamed(id: string): Promise<void> {
  const { ModelStreamInfer } = inferenceService();
  const client = new Client(served.server.address, credentials.createInsecure());
  const call = client.makeBidiStreamRequest(
    ModelStreamInfer.path,
    ModelStreamInfer.requestSerialize,
    ModelStreamInfer.responseDeserialize,
  );
  const answered = new Promise<void>((resolve, reject) => {
    call.on('data', () => resolve());
    call.on('error', reject);
  });
  call.write({
    modelName: 'identity',
    id,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
    rawInputContents: [bytes],
  });
  await answered;
  call.end();
  client.close();
}

function inferOverHttp(id: string, data: readonly (number | string)[] = VALUES): Promise<Response> {
  return fetch(`http://127.0.0.1:${served.server.httpPort}/v2/models/identity/infer`, {
    method: 'POST',
    body: JSON.stringify({ id, inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data }] }),
  });
}

describe('a record of every inference', () => {
  it('says who asked what of which model, and the digests of input and output', async () => {
    const response = await predict('unary');
    const record = await recordOf('unary');
    expect(record).toMatchObject({
      kind: 'inference',
      face: 'contract',
      caller: { subject: 'anonymous', authentication: 'none' },
      model: 'identity',
      version: '1',
      package: response.provenance?.packageSha256,
      onnx: response.provenance?.onnxSha256,
      engine: response.provenance?.engine,
      provider: 'cpu',
      batch: 1,
      input: response.provenance?.inputSha256,
      warnings: ['RESEARCH_USE_ONLY'],
    });
    // As whoever holds the response computes it with any library of protobuf.
    const { responseSerialize } = modelRuntimeService().Predict;
    const alone = responseSerialize({ findings: [{ name: 'y', tensor: response.findings[0]?.tensor }] });
    expect(record.output).toBe(createHash('sha256').update(alone).digest('hex'));
  });

  it('has the same digests on every face that carries the same', async () => {
    await predict('contract-1');
    const stream = await served.client.predictStream();
    await stream.predict('item', {
      modelName: 'identity',
      requestId: 'contract-2',
      inputs: [tensorInput('x', VALUES)],
    });
    await stream.end();
    await inferOverGrpc('oip-1');
    await inferStreamed('oip-2');
    expect((await inferOverHttp('oip-3')).status).toBe(200);
    const contract = [await recordOf('contract-1'), await recordOf('contract-2')];
    expect(contract.map(({ face }) => face)).toEqual(['contract', 'contract-stream']);
    expect(new Set(contract.map(({ input, output }) => `${input} ${output}`)).size).toBe(1);
    const open = [await recordOf('oip-1'), await recordOf('oip-2'), await recordOf('oip-3')];
    expect(open.map(({ face }) => face)).toEqual(['open-inference', 'open-inference-stream', 'open-inference-http']);
    expect(new Set(open.map(({ input, output }) => `${input} ${output}`)).size).toBe(1);
    expect(open[0]?.output).toBe(tensorsDigest([{ name: 'y', dataType: 'FP32', shape: [1, 4], data: bytes }]));
  });

  it('holds no value of the input or output', async () => {
    await predict('secret', [12345.5, 0, 0, 0]);
    expect(JSON.stringify(await recordOf('secret'))).not.toContain('12345');
  });

  it('is there of requests that get no result, too, with the code', async () => {
    await refusalOf(served.client.predict({ modelName: 'identity', requestId: 'refused', inputs: [] }));
    expect((await inferOverHttp('refused-http', [])).status).toBe(400);
    await predict('after');
    expect(await recordOf('refused')).toMatchObject({ kind: 'refusal', code: 'DH_INPUT_MISSING', model: 'identity' });
  });

  it('is joined by those of model states, acts of control and the start', async () => {
    await served.client.loadModel('identity', '1');
    await predict('loaded');
    const kinds: Record<string, unknown>[] = [];
    for await (const { record } of readRecords(folder)) kinds.push({ ...record });
    expect(kinds).toContainEqual(expect.objectContaining({ kind: 'server-start', durable: true }));
    expect(kinds).toContainEqual(expect.objectContaining({ kind: 'model-state', model: 'identity', state: 'READY' }));
    expect(kinds).toContainEqual(expect.objectContaining({ kind: 'control', action: 'load', model: 'identity' }));
    expect((await verifyLog(folder)).problems).toEqual([]);
  });

  it('becomes an AuditEvent of FHIR', async () => {
    await predict('fhir');
    const event = toFhirAuditEvent(await recordOf('fhir'), 'runtime of the ward');
    expect(event).toMatchObject({ resourceType: 'AuditEvent', action: 'E', outcome: '0' });
    expect(JSON.stringify(event.entity)).toContain('XrequestId');
    expect(event.agent.length).toBeGreaterThan(0);
  });
});

describe('a replay', () => {
  const replay = async (id: string, values: readonly number[], packageSha256?: string) => {
    const record = await recordOf(id);
    return replayRecord({
      model: served.server.store.find('identity', '1'),
      record: packageSha256 === undefined ? record : { ...record, package: packageSha256 },
      request: { inputs: [tensorInput('x', values)] },
      maxTensorElements: DEFAULT_MAX_TENSOR_ELEMENTS,
    });
  };

  it('gives the same output digest, and says when input, package or output are others', async () => {
    await predict('replayed');
    expect(await replay('replayed', VALUES)).toMatchObject({ verdict: 'reproduced', changes: [] });
    expect(await replay('replayed', [1, 2, 3, 5])).toMatchObject({ verdict: 'other-input' });
    expect(await replay('replayed', VALUES, 'f'.repeat(64))).toMatchObject({ verdict: 'other-package' });
    const record = await recordOf('replayed');
    const wrong = await replayRecord({
      model: served.server.store.find('identity', '1'),
      record: { ...record, output: 'f'.repeat(64), engine: 'another/1' },
      request: { inputs: [tensorInput('x', VALUES)] },
      maxTensorElements: DEFAULT_MAX_TENSOR_ELEMENTS,
    });
    expect(wrong.verdict).toBe('differs');
    expect(wrong.changes).toHaveLength(1);
  });

  it('of the Open Inference Protocol takes the body of the request', async () => {
    await inferOverHttp('replayed-http');
    const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: VALUES }] };
    const result = await replayRecord({
      model: served.server.store.find('identity', '1'),
      record: await recordOf('replayed-http'),
      request: { inferBody: Buffer.from(JSON.stringify(body)) },
      maxTensorElements: DEFAULT_MAX_TENSOR_ELEMENTS,
    });
    expect(result.verdict).toBe('reproduced');
  });

  it('refuses an item of a sequence that depends on others', async () => {
    const record = { ...(await recordOf('unary')), sequence: { id: 's', position: 2 } };
    const options = { model: served.server.store.find('identity', '1'), record, maxTensorElements: 1000 };
    await expect(replayRecord({ ...options, request: { inputs: [] } })).rejects.toMatchObject({
      code: 'DH_AUDIT_REPLAY_IMPOSSIBLE',
    });
  });
});

describe('the digest of findings', () => {
  it('is the same whichever encoder wrote them, and leaves defaults out', async () => {
    const classification = {
      mode: 'CLASSIFICATION_MODE_BINARY' as const,
      classes: [
        { label: 'no', codes: [], probability: 0 },
        { label: 'yes', codes: [], probability: 1, threshold: 0 },
      ],
      decision: ['yes'],
      abstained: false,
    };
    const plain = await findingsDigest([{ name: 'risk', codes: [], classification }]);
    // A field that the fast encoder does not know sends it the general way; empty, it is written by neither.
    const { encodeCanonically } = await import('../src/audit/encode-canonically.js');
    const general = encodeCanonically([{ name: 'risk', codes: [], classification }]);
    expect(createHash('sha256').update(general).digest('hex')).toBe(plain);
  });
});

/** Audit settings of a disk that fails while `isFull` says so. */
const onDisk = (folder: string, isFull: () => boolean) =>
  ({
    folder,
    openSegment: async (path: string, flags: string) => {
      const handle = await open(path, flags);
      return new Proxy(handle, {
        get(target, name) {
          if (name === 'datasync' && isFull()) return () => Promise.reject(Object.assign(new Error(), { code: 'EIO' }));
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  }) as never;

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
  golden: [{ id: 'first', inputs: { x: row(VALUES) }, expected: { y: row(VALUES) } }],
};

it('loses a sequence whose item has no record, so that no state holds an item twice or lacks one', async () => {
  const own = mkdtempSync(join(tmpdir(), 'deephealth-audit-sequence-'));
  let isFull = false;
  const failing = await startTestServer([sumPackage], { httpPort: 0, audit: onDisk(own, () => isFull) });
  const contract = (sequenceId: string, isStart = false) =>
    failing.client.predict({
      modelName: 'sum',
      inputs: [tensorInput('x', VALUES)],
      sequenceContext: { sequenceId, isStart, isEnd: false },
    });
  const overHttp = async (sequence_id: string, sequence_start = false) => {
    const response = await fetch(`http://127.0.0.1:${failing.server.httpPort}/v2/models/sum/infer`, {
      method: 'POST',
      body: JSON.stringify({
        parameters: { sequence_id, sequence_start },
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: VALUES }],
      }),
    });
    return response.ok ? 'answered' : `DH_${response.headers.get('x-deephealth-reason')}`;
  };
  const until = (isWriting: boolean) =>
    expect.poll(() => failing.server.audit?.isWriting, { timeout: 20_000 }).toBe(isWriting);
  const sequences = ['ran', 'refused'];
  try {
    for (const id of sequences) await contract(id, true);
    for (const id of sequences) expect(await overHttp(`http-${id}`, true)).toBe('answered');
    isFull = true;
    // The one has run when its record fails; by then nothing is begun for the other.
    const both = await Promise.all([refusalOf(contract('ran')), overHttp('http-ran')]);
    expect([both[0].code, both[1]]).toEqual(['DH_AUDIT_UNAVAILABLE', 'DH_AUDIT_UNAVAILABLE']);
    await until(false);
    expect((await refusalOf(contract('refused'))).code).toBe('DH_AUDIT_UNAVAILABLE');
    expect(await overHttp('http-refused')).toBe('DH_AUDIT_UNAVAILABLE');
    isFull = false;
    await until(true);
    for (const id of sequences) {
      expect((await refusalOf(contract(id))).code).toBe('DH_SEQUENCE_LOST');
      expect(await overHttp(`http-${id}`)).toBe('DH_SEQUENCE_LOST');
    }
  } finally {
    await failing.stop();
  }
  rmSync(own, { recursive: true, force: true });
});

it('answers nothing while records cannot be written, says so to health, and goes on when they can', async () => {
  const own = mkdtempSync(join(tmpdir(), 'deephealth-audit-full-'));
  let isFull = false;
  const failing = await startTestServer([identityPackage], {
    httpPort: 0,
    limits: { maxBatchSize: 1 },
    audit: onDisk(own, () => isFull),
  });
  const ask = () => failing.client.predict({ modelName: 'identity', inputs: [tensorInput('x', VALUES)] });
  const isReady = async () =>
    (await fetch(`http://127.0.0.1:${failing.server.httpPort}/v2/health/ready`)).status === 200;
  const metrics = async () => (await fetch(`http://127.0.0.1:${failing.server.httpPort}/metrics`)).text();
  try {
    await ask();
    expect(await isReady()).toBe(true);
    isFull = true;
    // The first runs and is not answered, the second is not begun.
    for (let i = 0; i < 2; i++) {
      expect(await refusalOf(ask())).toMatchObject({ code: 'DH_AUDIT_UNAVAILABLE', retryable: true });
    }
    expect(await isReady()).toBe(false);
    expect(await metrics()).toContain('deephealth_audit_writing 0');
    expect(failing.logged.some((line) => line.includes('audit.unavailable'))).toBe(true);
    isFull = false;
    await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
    await ask();
    expect(await metrics()).toContain('deephealth_audit_writing 1');
  } finally {
    await failing.stop();
  }
  const { isValid, inferences } = await verifyLog(own);
  expect({ isValid, inferences }).toEqual({ isValid: true, inferences: 2 });
  rmSync(own, { recursive: true, force: true });
});
