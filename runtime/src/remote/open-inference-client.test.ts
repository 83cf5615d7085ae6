import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { inferenceService } from '@deephealth/proto';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { OpenInferenceClient } from './open-inference-client.js';
import { type FakeBehaviour, type FakeServer, startFakeServer } from './testing/fake-inference-server.js';

const { ModelInfer, ServerReady } = inferenceService();
const REQUEST = { modelName: 'double', rawInputContents: [Buffer.alloc(12)] };

const inTime = () => Date.now() + 10_000;

const opened: { close(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.close();
});

async function serve(behaviour: Partial<FakeBehaviour> = {}, options = {}): Promise<FakeServer> {
  const server = await startFakeServer(behaviour, options);
  opened.push({ close: () => server.die() });
  return server;
}

function clientOf(address: string, maxMessageBytes = 1024 * 1024): OpenInferenceClient {
  const client = new OpenInferenceClient(address, maxMessageBytes);
  opened.push(client);
  return client;
}

/** A listener on loopback that speaks no gRPC. */
async function listen(onSocket: (socket: Socket) => void): Promise<{ address: string; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, server };
}

/** A way to the server on which connections can be counted; each resolves when it has been closed. */
async function passOn(server: FakeServer): Promise<{ address: string; connections: readonly Promise<void>[] }> {
  const connections: Promise<void>[] = [];
  const { address } = await listen((socket) => {
    const upstream = createConnection(Number(server.address.split(':')[1]), '127.0.0.1');
    upstream.on('error', () => undefined);
    connections.push(new Promise((resolve) => socket.on('close', () => resolve())));
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  return { address, connections };
}

const grpcError = (code: status, details = 'why') => ({ code, details });

describe('a call', () => {
  it('gives the answer', async () => {
    const server = await serve();
    expect(await clientOf(server.address).call(ServerReady, {}, inTime())).toEqual({ ready: true });
  });

  it('is repeated once when the server is unavailable', async () => {
    let calls = 0;
    const server = await serve({
      ServerReady: () => {
        calls += 1;
        if (calls === 1) throw grpcError(status.UNAVAILABLE);
        return { ready: true };
      },
    });
    expect(await clientOf(server.address).call(ServerReady, {}, inTime())).toEqual({ ready: true });
    expect(calls).toBe(2);
  });

  it('is repeated no more than once', async () => {
    const server = await serve({
      ServerReady: () => {
        throw grpcError(status.UNAVAILABLE);
      },
    });
    await expect(clientOf(server.address).call(ServerReady, {}, inTime())).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
    });
    expect(server.calls.ServerReady).toBe(2);
  });

  it('is not repeated when the server had begun to answer', async () => {
    const server = await serve({
      ServerReady: (_, begin) => {
        begin();
        throw grpcError(status.UNAVAILABLE);
      },
    });
    await expect(clientOf(server.address).call(ServerReady, {}, inTime())).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
    });
    expect(server.calls.ServerReady).toBe(1);
  });

  it.each([
    status.RESOURCE_EXHAUSTED,
    status.INTERNAL,
    status.UNKNOWN,
    status.ABORTED,
    status.INVALID_ARGUMENT,
    status.NOT_FOUND,
    status.DEADLINE_EXCEEDED,
  ])('is not repeated after status %i', async (code) => {
    const server = await serve({
      ServerReady: () => {
        throw grpcError(code);
      },
    });
    await expect(clientOf(server.address).call(ServerReady, {}, inTime())).rejects.toMatchObject({
      details: { status: status[code] },
    });
    expect(server.calls.ServerReady).toBe(1);
  });

  it('reaches its deadline at a server that is slow, and the server is asked once', async () => {
    const server = await serve({ ServerReady: () => new Promise(() => undefined) });
    await expect(clientOf(server.address).call(ServerReady, {}, Date.now() + 100)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      details: { status: 'DEADLINE_EXCEEDED' },
    });
    expect(server.calls.ServerReady).toBe(1);
  });

  it('reaches its deadline at something that accepts connections and says nothing', async () => {
    const { address } = await listen(() => undefined);
    await expect(clientOf(address).call(ServerReady, {}, Date.now() + 100)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
    });
  });

  it('fails where nobody listens', async () => {
    const { address, server } = await listen(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    await expect(clientOf(address).call(ServerReady, {}, inTime())).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      details: { status: 'UNAVAILABLE' },
    });
  });

  it('fails at a server that speaks HTTP/1, and shows nothing of its page', async () => {
    const { address } = await listen((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n<h1>secret</h1>'));
    const call = clientOf(address).call(ServerReady, {}, inTime());
    await expect(call).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    await expect(call).rejects.not.toThrowError(/secret/);
  });

  it('fails soon when the server dies before it has answered', async () => {
    const server = await serve({
      ServerReady: () => {
        server.die();
        return new Promise(() => undefined);
      },
    });
    await expect(clientOf(server.address).call(ServerReady, {}, inTime())).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
    });
    expect(server.calls.ServerReady).toBe(1);
  });

  it('is answered by the server that comes back at the same place', async () => {
    const first = await serve();
    const client = clientOf(first.address);
    await client.call(ServerReady, {}, inTime());
    first.die();
    await serve({}, { port: Number(first.address.split(':')[1]) });
    client.reconnect();
    expect(await client.call(ServerReady, {}, inTime())).toEqual({ ready: true });
  });

  it('under way ends well on the connection that is left for a new one', async () => {
    let answer: () => void = () => undefined;
    const server = await serve({
      ServerReady: () => new Promise((resolve) => (answer = () => resolve({ ready: true }))),
    });
    const client = clientOf(server.address);
    const arrived = server.nextCall('ServerReady');
    const underWay = client.call(ServerReady, {}, inTime());
    await arrived;
    client.reconnect();
    answer();
    expect(await underWay).toEqual({ ready: true });
  });

  it('carries nothing larger than the limit to the server', async () => {
    const server = await serve();
    const call = clientOf(server.address, 1000).call(ModelInfer, { rawInputContents: [Buffer.alloc(1001)] }, inTime());
    await expect(call).rejects.toMatchObject({
      code: 'DH_REMOTE_FAILED',
      details: { expected: 'at most 1000 bytes' },
    });
    expect(server.calls.ModelInfer).toBe(0);
  });

  it('takes nothing larger than the limit from the server', async () => {
    const server = await serve({ ModelInfer: () => ({ rawOutputContents: [Buffer.alloc(1001)] }) });
    await expect(clientOf(server.address, 1000).call(ModelInfer, REQUEST, inTime())).rejects.toMatchObject({
      code: 'DH_REMOTE_FAILED',
      message: expect.stringContaining('message of this size'),
    });
  });

  it('carries 16 MiB where the limits allow it', async () => {
    const data = Buffer.alloc(16 * 1024 * 1024, 7);
    const server = await serve({ ModelInfer: ({ rawInputContents }) => ({ rawOutputContents: rawInputContents }) });
    const reply = await clientOf(server.address, 32 * 1024 * 1024).call(
      ModelInfer,
      { rawInputContents: [data] },
      inTime(),
    );
    expect(Buffer.compare(reply.rawOutputContents[0] as Buffer, data)).toBe(0);
  });

  it('that the server finds too large is said to be so', async () => {
    const server = await serve({}, { maxReceiveBytes: 1000 });
    const call = clientOf(server.address).call(ModelInfer, { rawInputContents: [Buffer.alloc(1001)] }, inTime());
    await expect(call).rejects.toMatchObject({
      code: 'DH_REMOTE_FAILED',
      message: expect.stringContaining('Raise the limit of that server'),
    });
  });

  it.each([
    ['a field of no type', Buffer.of(0x0f)],
    ['bytes that are cut off', Buffer.of(0x32, 0x08, 0x01)],
    ['a page of a web server', Buffer.from('<h1>It works</h1>')],
  ])('is a mismatch where the answer is %s', async (_, answer) => {
    const server = await serve({ ModelInfer: () => answer });
    await expect(clientOf(server.address).call(ModelInfer, REQUEST, inTime())).rejects.toMatchObject({
      code: 'DH_REMOTE_MISMATCH',
    });
  });

  it('looks at the bytes of the request no more once it has been made', async () => {
    const server = await serve();
    const data = Buffer.from(Float32Array.of(1, 2, 3).buffer);
    const call = clientOf(server.address).call(ModelInfer, { rawInputContents: [data] }, inTime());
    data.fill(0xff);
    const [y] = (await call).rawOutputContents;
    expect(y).toEqual(Buffer.from(Float32Array.of(2, 4, 6).buffer));
  });

  it('goes to the address itself, whatever proxy the environment names', async () => {
    const server = await serve();
    const before = { ...process.env };
    let asked = 0;
    const proxy = await listen((socket) => {
      asked += 1;
      socket.destroy();
    });
    for (const name of ['grpc_proxy', 'http_proxy', 'https_proxy']) process.env[name] = `http://${proxy.address}`;
    delete process.env.no_grpc_proxy;
    delete process.env.no_proxy;
    try {
      expect(await clientOf(server.address).call(ServerReady, {}, inTime())).toEqual({ ready: true });
    } finally {
      process.env = before;
    }
    expect(asked).toBe(0);
  });

  it('ends when the client is closed, and none begins after that', async () => {
    const server = await serve({ ServerReady: () => new Promise(() => undefined) });
    const client = clientOf(server.address);
    const arrived = server.nextCall('ServerReady');
    const call = client.call(ServerReady, {}, inTime());
    await arrived;
    client.close();
    await expect(call).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE', details: { status: 'CANCELLED' } });
    await expect(client.call(ServerReady, {}, inTime())).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    expect(server.calls.ServerReady).toBe(1);
  });

  it('leaves no connection behind when the client is closed', async () => {
    const { address, connections } = await passOn(await serve());
    const client = clientOf(address);
    await client.call(ServerReady, {}, inTime());
    client.reconnect();
    await client.call(ServerReady, {}, inTime());
    client.close();
    expect(connections).toHaveLength(2);
    await Promise.all(connections);
  });

  it('has a connection of its own, which no other client keeps alive', async () => {
    const { address, connections } = await passOn(await serve());
    const [first, second] = [clientOf(address), clientOf(address)];
    await first.call(ServerReady, {}, inTime());
    await second.call(ServerReady, {}, inTime());
    expect(connections).toHaveLength(2);
  });
});
