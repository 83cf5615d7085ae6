import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError, toContractTensor, toGrpcFailure } from '@deephealth/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { encodeMessage, RawClient } from './channel-call.js';
import { ObservingRuntime } from './observing-runtime.js';

const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
const inputs = [{ name: 'x', tensor: toContractTensor(namedTensor('noise1-2x6.fp32')) }];
const request = { requestId: 'one', modelName: 'conformance-relu', inputs };
const options = { deadlineMs: 5_000 };
let models: WrittenModel[];
let runtime: ObservingRuntime;
let client: RawClient;

beforeAll(() => {
  models = writeModels(store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));
beforeEach(async () => {
  runtime = new ObservingRuntime(models);
  await runtime.start();
  client = new RawClient({ address: runtime.address });
});
afterEach(() => {
  client.close();
  runtime.goAway();
});

describe('the observing runtime', () => {
  it('answers as the reference does, and keeps what it was asked: bytes, metadata, deadline', async () => {
    const { status } = await client.call('Predict', request, { ...options, metadata: { 'x-canary': 'seen' } });
    expect(status).toBe('OK');
    const [call] = runtime.calls;
    expect(call).toMatchObject({
      method: 'Predict',
      request: { requestId: 'one' },
      metadata: { 'x-canary': ['seen'] },
    });
    expect(call?.requestBytes).toEqual(encodeMessage('Predict', 'request', request));
    expect(call?.remainingMs).toBeGreaterThan(4_000);
    expect(call?.remainingMs).toBeLessThanOrEqual(5_001);
    expect(call?.answeredAt).toBeDefined();
    expect(call?.cancelledAt).toBeUndefined();
  });

  it('behaves as it is told, for the calls that are meant, until it is told to stop', async () => {
    const refuse = toGrpcFailure(new DeepHealthError('DH_QUEUE_FULL', 'Made.'));
    const undo = runtime.behave({ model: 'conformance-relu', refuse });
    const other = { ...request, modelName: 'conformance-tanh' };
    expect(await client.call('Predict', request, options)).toMatchObject({ reason: 'QUEUE_FULL' });
    expect(await client.call('Predict', other, options)).toMatchObject({ status: 'OK' });
    undo();
    expect(await client.call('Predict', request, options)).toMatchObject({ status: 'OK' });
    runtime.behave({ answer: { findings: [{ name: 'made' }] } });
    const made = await client.call('Predict', request, options);
    expect(made.response).toMatchObject({ requestId: 'one', findings: [{ name: 'made' }] });
  });

  it('hears that a caller leaves', async () => {
    runtime.behave({ hang: true });
    const cancel = new AbortController();
    const ended = client.call('Predict', request, { ...options, signal: cancel.signal });
    const call = await runtime.waitFor(() => true, { from: 0, withinMs: 2_000 });
    expect(call?.cancelledAt).toBeUndefined();
    cancel.abort();
    expect(await ended).toMatchObject({ status: 'CANCELLED' });
    await runtime.waitFor(({ cancelledAt }) => cancelledAt !== undefined, { from: 0, withinMs: 2_000 });
    expect(call?.cancelledAt).toBeDefined();
  });

  it('goes away with all its connections, and comes back where it was', async () => {
    expect(await client.call('Predict', request, options)).toMatchObject({ status: 'OK' });
    const { address } = runtime;
    runtime.goAway();
    expect(await client.call('Predict', request, options)).toMatchObject({ status: 'UNAVAILABLE' });
    await runtime.comeBack();
    expect(runtime.address).toBe(address);
    const again = new RawClient({ address });
    expect(await again.call('Predict', request, options)).toMatchObject({ status: 'OK' });
    again.close();
  });
});
