import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { RemoteSession } from './remote-session.js';
import type { FakeClock } from './testing/fake-clock.js';
import { type FakeBehaviour, rawReply } from './testing/fake-inference-server.js';
import {
  connect,
  DOUBLED,
  grpcError,
  INPUTS,
  opened,
  serve,
  TENSORS,
  unavailable,
  values,
} from './testing/session-fixture.js';

/** Resolves when so many timers are set: that of the next poll, and that of a circuit that is open. */
async function timersOf(clock: FakeClock, count: number): Promise<void> {
  while (clock.pending !== count) await new Promise(setImmediate);
}

/** Stands between session and server; connections that it has at a freeze stay open and carry nothing more. */
async function freezer(address: string): Promise<{ readonly address: string; freeze(): void }> {
  const sockets = new Set<Socket>();
  const between = createServer((socket) => {
    const upstream = createConnection(Number(address.split(':')[1]), '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      end.on('error', () => undefined);
      sockets.add(end);
    }
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  opened.push({
    close() {
      between.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  return {
    address: `127.0.0.1:${(between.address() as AddressInfo).port}`,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

/** What has come back may be another server: what stood for the old one is done, and a new session has to verify it. */
async function expectVerifiedAnew(session: RemoteSession): Promise<void> {
  for (let run = 0; run < 3; run++) {
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      message: expect.stringContaining('is verified before it serves'),
    });
  }
}

describe('a server that keeps failing', () => {
  it('is left alone after five runs, and asked again after a pause', async () => {
    const server = await serve({ ModelInfer: unavailable });
    const { session, clock, heard } = await connect(server);
    for (let run = 0; run < 5; run++) {
      await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    }
    expect(heard.told).toMatchObject([{ isServing: false }]);
    const asked = server.calls.ModelInfer;
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      retryAfterMs: 1000,
    });
    expect(server.calls.ModelInfer).toBe(asked);

    server.behave({ ModelInfer: rawReply });
    clock.advance(1000);
    await heard.count(2);
    expect(heard.told.at(-1)?.isServing).toBe(true);
    expect([server.calls.ServerReady, server.calls.ModelInfer]).toEqual([1, asked]);
    await expectVerifiedAnew(session);
  });

  it('stays alone while the model is not ready, or is another one than before', async () => {
    const server = await serve({ ModelInfer: unavailable });
    const { session, clock, heard } = await connect(server);
    for (let run = 0; run < 5; run++) await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toThrow();
    const probe = async (
      behaviour: Partial<FakeBehaviour>,
      method: 'ModelReady' | 'ModelMetadata',
      pauseMs: number,
    ) => {
      server.behave(behaviour);
      const asked = server.nextCall(method);
      clock.advance(pauseMs);
      await asked;
    };
    await probe({ ModelReady: () => ({ ready: false }) }, 'ModelReady', 1000);
    await timersOf(clock, 2);
    expect(heard.told).toHaveLength(1);
    const other = { name: 'double', inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 3] }] };
    await probe({ ModelReady: () => ({ ready: true }), ModelMetadata: () => other }, 'ModelMetadata', 2000);
    await timersOf(clock, 2);
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    expect(heard.told).toHaveLength(1);
    // Once to connect and once a probe: there are no polls beside the probes.
    expect(server.calls.ModelReady).toBe(3);
  });

  it('is asked again over a new connection', async () => {
    const server = await serve();
    const between = await freezer(server.address);
    const { session, clock, heard } = await connect(between, { target: { timeoutMs: 1_500 } });
    between.freeze();
    await Promise.allSettled(Array.from({ length: 5 }, () => session.run(INPUTS, TENSORS.outputs)));
    expect(heard.told).toMatchObject([{ isServing: false }]);
    clock.advance(1000);
    await heard.count(2);
    expect(heard.told[1]?.isServing).toBe(true);
  });

  it('that breaks while it computes counts as well; one that refuses does not', async () => {
    const server = await serve();
    const { session, heard } = await connect(server);
    for (const [code, changes] of [
      [status.INVALID_ARGUMENT, 0],
      [status.INTERNAL, 1],
    ] as const) {
      server.behave({
        ModelInfer: () => {
          throw grpcError(code);
        },
      });
      for (let run = 0; run < 5; run++) {
        await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_FAILED' });
      }
      expect(heard.told).toHaveLength(changes);
    }
  });
});

describe('the health of a server', () => {
  it('is asked for every two seconds and told when it changes', async () => {
    const server = await serve();
    const { clock, heard } = await connect(server);
    server.behave({ ModelReady: () => ({ ready: false }) });
    clock.advance(1999);
    expect(server.calls.ModelReady).toBe(1);
    clock.advance(1);
    await heard.count(1);
    expect(heard.told).toEqual([{ isServing: false, reason: expect.stringContaining('"double" is not ready') }]);
    server.behave({ ModelReady: () => ({ ready: true }) });
    await timersOf(clock, 1);
    clock.advance(2000);
    await heard.count(2);
    expect(heard.told.at(-1)?.isServing).toBe(true);
  });

  it('is bad when the server is gone and good when it is back', async () => {
    const first = await serve();
    const { session, clock, heard } = await connect(first);
    first.die();
    clock.advance(2000);
    await heard.count(1);
    expect(heard.told[0]).toMatchObject({ isServing: false, reason: expect.not.stringContaining('127.0.0.1') });
    await serve({}, { port: Number(first.address.split(':')[1]) });
    while (heard.told.length < 2) {
      clock.advance(2000);
      await new Promise(setImmediate);
    }
    expect(heard.told.at(-1)?.isServing).toBe(true);
    await expectVerifiedAnew(session);
  });

  it('is told at once when it was restarted between two polls, and nothing that it computes is given', async () => {
    const first = await serve();
    const { session, heard } = await connect(first);
    expect(values((await session.run(INPUTS, TENSORS.outputs)).tensors, 'y')).toEqual(DOUBLED);
    first.die();
    const port = Number(first.address.split(':')[1]);
    const second = await serve({}, { port });
    // No time passes on the clock of the polls; a run that meets the restart itself may fail in other ways.
    while (second.calls.ModelReady === 0) {
      await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    }
    await heard.count(2);
    expect(heard.told.map(({ isServing }) => isServing)).toEqual([false, true]);
    await expectVerifiedAnew(session);
  });

  it('is good again over a new connection when the old one has fallen silent', async () => {
    const server = await serve();
    const between = await freezer(server.address);
    const { session, clock, heard } = await connect(between, { target: { timeoutMs: 1_500 } });
    between.freeze();
    clock.advance(2000);
    await heard.count(1);
    expect(heard.told[0]).toMatchObject({ isServing: false, reason: expect.stringContaining('in the time') });
    await timersOf(clock, 1);
    clock.advance(2000);
    await heard.count(2);
    expect(heard.told[1]?.isServing).toBe(true);
    await expectVerifiedAnew(session);
  });

  it('stays bad when the server comes back with another model', async () => {
    const server = await serve({ ModelReady: () => ({ ready: true }) });
    const { clock, heard } = await connect(server);
    server.behave({ ModelReady: () => ({ ready: false }) });
    clock.advance(2000);
    await heard.count(1);
    server.behave({
      ModelReady: () => ({ ready: true }),
      ModelMetadata: () => ({ name: 'double', outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }] }),
    });
    await timersOf(clock, 1);
    clock.advance(2000);
    await heard.count(2);
    expect(heard.told[1]).toEqual({ isServing: false, reason: expect.stringContaining('"y" has another shape') });
  });

  it('is not doubted while a run keeps the server too busy to answer', async () => {
    let finish: () => void = () => undefined;
    const server = await serve({
      ModelInfer: (request) => new Promise((resolve) => (finish = () => resolve(rawReply(request)))),
    });
    const { session, clock, heard } = await connect(server, { target: { timeoutMs: 2_000 } });
    server.behave({
      ModelReady: () => {
        throw grpcError(status.DEADLINE_EXCEEDED);
      },
    });
    const arrived = server.nextCall('ModelInfer');
    const run = session.run(INPUTS, TENSORS.outputs);
    await arrived;
    clock.advance(2000);
    await timersOf(clock, 1);
    expect(heard.told).toEqual([]);
    finish();
    await run;
    clock.advance(2000);
    await heard.count(1);
    expect(heard.told[0]?.isServing).toBe(false);
  });
});
