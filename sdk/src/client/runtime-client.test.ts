import { createConnection, createServer, type Socket, type Server as TcpServer } from 'node:net';
import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  event,
  type Script,
  type ScriptedRuntime,
  serverInfo,
  startScriptedRuntime,
} from '../../test/scripted-runtime.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { toGrpcFailure } from '../errors/grpc-status.js';
import { createRuntimeClient, type RuntimeClient, type RuntimeClientOptions } from './runtime-client.js';

// The pauses between repetitions take no time here; what is asked for is looked at.
const pauses = vi.hoisted(() => [] as number[]);
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async (ms: number) => void pauses.push(ms),
}));

let runtime: ScriptedRuntime | undefined;
let client: RuntimeClient | undefined;
let tcp: TcpServer | undefined;
const sockets = new Set<Socket>();

beforeEach(() => pauses.splice(0));
afterEach(() => {
  client?.close();
  runtime?.stop();
  tcp?.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  client = runtime = tcp = undefined;
});

async function connectTo(script: Script, options: Partial<RuntimeClientOptions> = {}): Promise<RuntimeClient> {
  runtime = await startScriptedRuntime(script);
  client = createRuntimeClient({ address: runtime.address, ...options });
  return client;
}

async function listen(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    onSocket(socket);
  });
  tcp = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function failureOf(promise: Promise<unknown>): Promise<DeepHealthError> {
  const thrown = await promise.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof DeepHealthError)) throw thrown;
  return thrown;
}

const model = { name: 'm', version: '1' };
type Method = 'getServerInfo' | 'listModels' | 'getModel' | 'loadModel' | 'unloadModel' | 'verifyModel' | 'predict';
const reads: Method[] = ['getServerInfo', 'listModels', 'getModel'];
const writes: Method[] = ['loadModel', 'unloadModel', 'verifyModel', 'predict'];

type Settings = Parameters<RuntimeClient['predict']>[1];
function call(to: RuntimeClient, method: Method, settings?: Settings): Promise<unknown> {
  switch (method) {
    case 'getServerInfo':
      return to.getServerInfo(settings);
    case 'listModels':
      return to.listModels('', settings);
    case 'predict':
      return to.predict({ modelName: 'm' }, settings);
    default:
      return to[method]('m', '1', settings);
  }
}

type AnyHandler = (
  call: {
    getDeadline(): Date | number;
    metadata: Metadata;
    cancelled: boolean;
    on(name: 'cancelled', then: () => void): void;
  },
  callback: (error: unknown, response?: object) => void,
) => void;
/** One handler under the name of each method. */
const everywhere = (handler: AnyHandler) =>
  Object.fromEntries([...reads, ...writes].map((name) => [name, handler])) as unknown as Script;

describe('connecting', () => {
  it('gives what the server says of itself', async () => {
    const to = await connectTo({ getServerInfo: (_, callback) => callback(null, serverInfo) });
    expect(await to.connect()).toMatchObject({ name: 'scripted', version: '9.9.9', isReady: true });
  });

  it.each([
    ['newer', [{ major: 3 }, { major: 2 }], '3, 2', 'Upgrade this client.'],
    ['older', [{ major: 0, minor: 9 }], '0', 'Upgrade the server.'],
    ['without any version', [], 'none', 'Upgrade the server.'],
  ])(
    'to a server that is %s names both majors and the side to upgrade',
    async (_, contractVersions, theirs, advice) => {
      const to = await connectTo({
        getServerInfo: (__, callback) => callback(null, { ...serverInfo, contractVersions }),
      });
      const error = await failureOf(to.connect());
      expect(error.code).toBe('DH_CONTRACT_VERSION_UNSUPPORTED');
      expect(error.message).toContain(`"scripted 9.9.9" speaks contract major ${theirs}, this client 1. ${advice}`);
    },
  );

  it('to a server that serves our major beside others is fine', async () => {
    const contractVersions = [{ major: 2 }, { major: 1, minor: 7 }];
    const to = await connectTo({ getServerInfo: (_, callback) => callback(null, { ...serverInfo, contractVersions }) });
    await expect(to.connect()).resolves.toMatchObject({ name: 'scripted' });
  });

  it.each(['connect', 'predict', 'watchModels', 'predictStream'] as const)(
    'with %s gives up after connectTimeoutMs on a server that accepts and then says nothing',
    async (method) => {
      const accepted = event();
      const address = await listen(() => accepted.happen());
      const to = createRuntimeClient({ address, connectTimeoutMs: 300 });
      client = to;
      const started = performance.now();
      const failing = {
        connect: () => to.connect(),
        predict: () => to.predict({ modelName: 'm' }),
        predictStream: () => to.predictStream(),
        watchModels: () => to.watchModels()[Symbol.asyncIterator]().next(),
      }[method]();
      const error = await failureOf(failing as Promise<unknown>);
      await accepted.happened;
      expect(error).toMatchObject({ code: 'DH_CONNECT_FAILED', retryable: true });
      expect(error.message).toContain(`${address} within 300 ms`);
      expect(performance.now() - started).toBeGreaterThan(250);
      // Below the time that is the default; and no second try, which would double it.
      expect(performance.now() - started).toBeLessThan(4_000);
      expect(pauses).toEqual([]);
    },
  );

  it('gives up on a port where nothing listens', async () => {
    const address = await listen(() => undefined);
    await new Promise((resolve) => tcp?.close(resolve));
    client = createRuntimeClient({ address, connectTimeoutMs: 200 });
    const error = await failureOf(client.connect());
    expect(error).toMatchObject({ code: 'DH_CONNECT_FAILED' });
    expect(pauses).toEqual([]);
  });

  it('does not tell the path of a socket', async () => {
    client = createRuntimeClient({ address: 'unix:/srv/secret/runtime.sock', connectTimeoutMs: 50 });
    const error = await failureOf(client.connect());
    expect(error.code).toBe('DH_CONNECT_FAILED');
    expect(error.message).not.toContain('secret');
  });

  it('works after a failed try, once the server is there', async () => {
    const address = await listen((socket) => socket.destroy());
    client = createRuntimeClient({ address, connectTimeoutMs: 100 });
    await failureOf(client.connect());
    client.close();
    const to = await connectTo({ getServerInfo: (_, callback) => callback(null, serverInfo) });
    await expect(to.connect()).resolves.toBeDefined();
  });
});

describe('the deadline', () => {
  it.each([...reads, ...writes])('of %s is 30 seconds by default', async (method) => {
    const seen = event<number>();
    const to = await connectTo(
      everywhere((handled, callback) => {
        seen.happen(Number(handled.getDeadline()));
        callback(null, { model, models: [model] });
      }),
    );
    const before = Date.now();
    await call(to, method);
    const deadline = (await seen.happened) - before;
    expect(deadline).toBeGreaterThan(25_000);
    expect(deadline).toBeLessThanOrEqual(31_000);
  });

  it('is the one of the client, unless the call states another', async () => {
    const deadlines: number[] = [];
    const to = await connectTo(
      everywhere((handled, callback) => {
        deadlines.push(Number(handled.getDeadline()) - Date.now());
        callback(null, {});
      }),
      { defaultDeadlineMs: 8_000 },
    );
    await to.predict({ modelName: 'm' });
    await to.predict({ modelName: 'm' }, { deadlineMs: 90_000 });
    expect(deadlines[0]).toBeGreaterThan(6_000);
    expect(deadlines[0]).toBeLessThanOrEqual(8_100);
    expect(deadlines[1]).toBeGreaterThan(85_000);
  });

  it.each<Method>(['predict', 'listModels'])('of %s that passes is told to both sides, once', async (method) => {
    let calls = 0;
    const cancelled = event();
    const to = await connectTo(
      everywhere((handled) => {
        calls++;
        handled.on('cancelled', () => cancelled.happen());
      }),
    );
    const error = await failureOf(call(to, method, { deadlineMs: 60 }));
    expect(error).toMatchObject({ code: 'DH_DEADLINE_EXCEEDED' });
    await cancelled.happened;
    expect([calls, pauses]).toEqual([1, []]);
  });

  it('counts the time to connect, and one that passes then is told as a server that was not reached', async () => {
    const address = await listen(() => undefined);
    client = createRuntimeClient({ address, connectTimeoutMs: 20_000 });
    for (const method of ['predict', 'listModels'] as const) {
      const error = await failureOf(call(client, method, { deadlineMs: 50 }));
      expect(error.code).toBe('DH_CONNECT_FAILED');
      expect(error.message).toMatch(/ within [1-5]?\d ms\./);
    }
  });
});

describe('repetition', () => {
  const unavailable = (retryAfterMs?: number) =>
    toGrpcFailure(
      new DeepHealthError('DH_MODEL_NOT_READY', 'Not yet.', retryAfterMs === undefined ? {} : { retryAfterMs }),
    );

  it.each(reads)('of %s goes on until the server is available again', async (method) => {
    let calls = 0;
    const to = await connectTo(
      everywhere((_, callback) => {
        calls++;
        if (calls < 3) callback({ code: status.UNAVAILABLE, details: 'restarting' });
        else callback(null, { model, models: [model] });
      }),
    );
    await expect(call(to, method)).resolves.toBeDefined();
    expect(calls).toBe(3);
    expect(pauses).toHaveLength(2);
  });

  it.each(reads)('of %s ends after three', async (method) => {
    let calls = 0;
    const to = await connectTo(
      everywhere((_, callback) => {
        calls++;
        callback(unavailable());
      }),
    );
    expect(await failureOf(call(to, method))).toMatchObject({ code: 'DH_MODEL_NOT_READY', message: 'Not yet.' });
    expect(calls).toBe(4);
    for (const [index, base] of [50, 200, 800].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(base / 2);
      expect(pauses[index]).toBeLessThanOrEqual(base * 1.5);
    }
  });

  it.each(writes)('of %s is left to the caller', async (method) => {
    let calls = 0;
    const to = await connectTo(
      everywhere((_, callback) => {
        calls++;
        callback(unavailable());
      }),
    );
    expect((await failureOf(call(to, method))).retryable).toBe(true);
    expect(calls).toBe(1);
  });

  it('does not happen for what would fail again', async () => {
    let calls = 0;
    const to = await connectTo(
      everywhere((_, callback) => {
        calls++;
        callback(toGrpcFailure(new DeepHealthError('DH_MODEL_NOT_FOUND', 'No such model.')));
      }),
    );
    expect(await failureOf(to.getModel('m'))).toMatchObject({ code: 'DH_MODEL_NOT_FOUND', message: 'No such model.' });
    expect([calls, pauses]).toEqual([1, []]);
  });

  it('waits as long as the server asks for', async () => {
    const to = await connectTo(everywhere((_, callback) => callback(unavailable(7_000))));
    await failureOf(to.listModels());
    expect(pauses).toEqual([7_000, 7_000, 7_000]);
  });

  it('does not begin what the deadline would cut off', async () => {
    let calls = 0;
    const to = await connectTo(
      everywhere((_, callback) => {
        calls++;
        callback(unavailable(7_000));
      }),
    );
    expect((await failureOf(to.listModels('', { deadlineMs: 5_000 }))).code).toBe('DH_MODEL_NOT_READY');
    expect([calls, pauses]).toEqual([1, []]);
  });
});

describe('the abort signal', () => {
  it.each([...reads, ...writes])('cancels %s on both sides', async (method) => {
    const arrived = event();
    const cancelled = event();
    const to = await connectTo(
      everywhere((handled) => {
        handled.on('cancelled', () => cancelled.happen());
        arrived.happen();
      }),
    );
    const abort = new AbortController();
    const failing = failureOf(call(to, method, { signal: abort.signal }));
    await arrived.happened;
    abort.abort();
    expect((await failing).code).toBe('DH_CANCELLED');
    await cancelled.happened;
  });

  it('that is aborted already keeps the call from being sent', async () => {
    let calls = 0;
    const to = await connectTo(everywhere(() => void calls++));
    expect((await failureOf(to.predict({}, { signal: AbortSignal.abort() }))).code).toBe('DH_CANCELLED');
    expect((await failureOf(to.predictStream({ signal: AbortSignal.abort() }))).code).toBe('DH_CANCELLED');
    expect(calls).toBe(0);
  });

  it.each(['predict', 'predictStream'] as const)('ends %s that still waits for the connection', async (method) => {
    const accepted = event();
    client = createRuntimeClient({ address: await listen(() => accepted.happen()), connectTimeoutMs: 20_000 });
    const abort = new AbortController();
    const settings = { signal: abort.signal };
    const failing = failureOf(method === 'predict' ? client.predict({}, settings) : client.predictStream(settings));
    await accepted.happened;
    abort.abort();
    expect((await failing).code).toBe('DH_CANCELLED');
  });

  it('is let go of when the call is answered', async () => {
    const to = await connectTo(everywhere((_, callback) => callback(null, {})));
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await to.predict({}, { signal });
    expect(added).toHaveBeenCalled();
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      expect.arrayContaining(added.mock.calls.map(([, listener]) => listener)),
    );
  });
});

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
    const behind = await startScriptedRuntime(everywhere(() => arrived.happen()));
    runtime = behind;
    const port = Number(behind.address.split(':')[1]);
    const address = await listen((socket) => {
      const onward = createConnection(port, '127.0.0.1');
      sockets.add(onward);
      socket
        .on('error', () => undefined)
        .pipe(onward.on('error', () => undefined))
        .pipe(socket);
    });
    client = createRuntimeClient({ address });
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
    client = createRuntimeClient({ address: await listen(() => accepted.happen()), connectTimeoutMs: 20_000 });
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
