import { status } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  call,
  clientOf,
  connectTo,
  everywhere,
  failureOf,
  listen,
  type Method,
  model,
  reads,
  stopListening,
  writes,
} from '../../test/client-fixture.js';
import { event, serverInfo } from '../../test/scripted-runtime.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { toGrpcFailure } from '../errors/grpc-status.js';

// The pauses between repetitions take no time here; what is asked for is looked at.
const pauses = vi.hoisted(() => [] as number[]);
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async (ms: number) => void pauses.push(ms),
}));

beforeEach(() => pauses.splice(0));

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
      const to = clientOf({ address, connectTimeoutMs: 300 });
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
    await stopListening();
    const client = clientOf({ address, connectTimeoutMs: 200 });
    const error = await failureOf(client.connect());
    expect(error).toMatchObject({ code: 'DH_CONNECT_FAILED' });
    expect(pauses).toEqual([]);
  });

  it('does not tell the path of a socket', async () => {
    const client = clientOf({ address: 'unix:/srv/secret/runtime.sock', connectTimeoutMs: 50 });
    const error = await failureOf(client.connect());
    expect(error.code).toBe('DH_CONNECT_FAILED');
    expect(error.message).not.toContain('secret');
  });

  it('works after a failed try, once the server is there', async () => {
    const address = await listen((socket) => socket.destroy());
    const client = clientOf({ address, connectTimeoutMs: 100 });
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
    const client = clientOf({ address, connectTimeoutMs: 20_000 });
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
    const client = clientOf({ address: await listen(() => accepted.happen()), connectTimeoutMs: 20_000 });
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
