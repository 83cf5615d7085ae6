import { createConnection } from 'node:net';
import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  call,
  clientOf,
  connectTo,
  everywhere,
  failureOf,
  listen,
  sockets,
  startRuntime,
} from '../../test/client-fixture.js';
import { event, type Script } from '../../test/scripted-runtime.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { toGrpcFailure } from '../errors/grpc-status.js';

describe('answers', () => {
  it('keep request, metadata and response as they are', async () => {
    const to = await connectTo({
      predict: (handled, callback) =>
        callback(null, { requestId: `${handled.request.requestId}/${handled.metadata.get('x-tenant')[0]}` }),
    });
    const metadata = new Metadata();
    metadata.set('x-tenant', 'ward-3');
    expect(await to.predict({ requestId: 'r-1' }, { metadata })).toMatchObject({
      requestId: 'r-1/ward-3',
      findings: [],
    });
  });

  it('of a server without the method, or of another service, are told as such', async () => {
    const to = await connectTo({});
    expect(await failureOf(to.predict({}))).toMatchObject({ code: 'DH_FEATURE_UNSUPPORTED' });
    expect(await failureOf(to.connect())).toMatchObject({ code: 'DH_FEATURE_UNSUPPORTED' });
  });

  it('keep code, details and hint of the server (DH-R-021)', async () => {
    const error = new DeepHealthError('DH_QUEUE_FULL', 'Zu viele Anfragen.', {
      details: { model: 'm' },
      retryAfterMs: 40,
    });
    const to = await connectTo(everywhere((_, callback) => callback(toGrpcFailure(error))));
    const { code, message, details, retryAfterMs } = await failureOf(to.predict({}));
    expect({ code, message, retryAfterMs }).toEqual({
      code: 'DH_QUEUE_FULL',
      message: 'Zu viele Anfragen.',
      retryAfterMs: 40,
    });
    expect(details).toMatchObject({ model: 'm', source: 'runtime', retryable: 'true' });
  });

  it.each(['getModel', 'loadModel', 'unloadModel'] as const)(
    'of %s without a model break the contract',
    async (method) => {
      const to = await connectTo(everywhere((_, callback) => callback(null, {})));
      expect((await failureOf(call(to, method))).code).toBe('DH_RESPONSE_INVALID');
    },
  );

  it('that are larger than the client takes are refused, and the next one is read', async () => {
    const to = await connectTo(
      {
        predict: ({ request }, callback) => callback(null, { requestId: 'x'.repeat(Number(request.modelVersion)) }),
      },
      { maxMessageBytes: 100_000 },
    );
    expect((await failureOf(to.predict({ modelVersion: '100001' }))).code).toBe('DH_MESSAGE_TOO_LARGE');
    expect((await to.predict({ modelVersion: '90000' })).requestId).toHaveLength(90_000);
  });

  it('to requests that are larger than the client sends are not waited for', async () => {
    let calls = 0;
    const to = await connectTo(
      everywhere(() => void calls++),
      { maxMessageBytes: 1000 },
    );
    expect((await failureOf(to.predict({ requestId: 'x'.repeat(1001) }))).code).toBe('DH_MESSAGE_TOO_LARGE');
    expect(calls).toBe(0);
  });

  it('that never come because the connection breaks are told as unavailable', async () => {
    const arrived = event();
    const { address: behind } = await startRuntime(everywhere(() => arrived.happen()));
    const port = Number(behind.split(':')[1]);
    const address = await listen((socket) => {
      const onward = createConnection(port, '127.0.0.1');
      sockets.add(onward);
      socket
        .on('error', () => undefined)
        .pipe(onward.on('error', () => undefined))
        .pipe(socket);
    });
    const client = clientOf({ address });
    const failing = failureOf(client.predict({}));
    await arrived.happened;
    for (const socket of sockets) socket.resetAndDestroy();
    expect(await failing).toMatchObject({ code: 'DH_CONNECT_FAILED', retryable: true });
  });
});

describe('watchModels', () => {
  const watching = (then: (handled: { on(name: 'cancelled', then: () => void): void }) => void): Script => ({
    watchModels: (handled) => {
      handled.write({ model: { name: handled.request.name || 'a' } });
      handled.write({ model: { name: 'b' }, isSnapshotComplete: true });
      then(handled);
    },
  });

  it('gives the snapshot and ends without an error when the signal aborts (DH-R-026)', async () => {
    const cancelled = event();
    const to = await connectTo(watching((handled) => handled.on('cancelled', () => cancelled.happen())));
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const change of to.watchModels('thorax', { signal: abort.signal })) {
      seen.push(`${change.model?.name} ${change.isSnapshotComplete}`);
      if (change.isSnapshotComplete) abort.abort();
    }
    expect(seen).toEqual(['thorax false', 'b true']);
    await cancelled.happened;
  });

  it('cancels the call when the loop is left', async () => {
    const cancelled = event();
    const to = await connectTo(watching((handled) => handled.on('cancelled', () => cancelled.happen())));
    for await (const change of to.watchModels()) if (change.isSnapshotComplete) break;
    await cancelled.happened;
  });

  it('gives nothing where the signal is aborted already', async () => {
    const to = await connectTo(watching(() => undefined));
    const seen: unknown[] = [];
    for await (const change of to.watchModels('', { signal: AbortSignal.abort() })) seen.push(change);
    expect(seen).toEqual([]);
  });

  it('gives nothing where the signal aborts before the server answers', async () => {
    const accepted = event();
    const client = clientOf({ address: await listen(() => accepted.happen()), connectTimeoutMs: 20_000 });
    const abort = new AbortController();
    const next = client.watchModels('', { signal: abort.signal })[Symbol.asyncIterator]().next();
    await accepted.happened;
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('throws what the server refuses', async () => {
    const to = await connectTo({
      watchModels: (handled) => handled.emit('error', toGrpcFailure(new DeepHealthError('DH_SERVER_STOPPING', 'Bye.'))),
    });
    const failing = to.watchModels()[Symbol.asyncIterator]().next();
    expect(await failureOf(failing)).toMatchObject({ code: 'DH_SERVER_STOPPING', message: 'Bye.' });
  });

  it('ends where the server ends', async () => {
    const to = await connectTo({ watchModels: (handled) => handled.end() });
    expect(await to.watchModels()[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
});
