import { once, setMaxListeners } from 'node:events';
import http2 from 'node:http2';
import { connect, type Socket } from 'node:net';
import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { type Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event, type Script, serverInfo } from '../../test/scripted-runtime.js';
import { serveContractFace } from '../adapter/serve-contract-face.js';
import { createRuntimeClient, type RuntimeClient } from '../client/runtime-client.js';
import { FLAG, FRAME, grpcHeaders, http2Frame, literalHeader, RawHttp2 } from '../testing/raw-http2.js';
import { bindGrpcServer, createGrpcServer } from './grpc-server.js';
import type { Http2Limits } from './http2-limits.js';

const METHOD = '/deephealth.runtime.v1.ModelRuntime/GetServerInfo';
const HEADERS = grpcHeaders(METHOD);
/** Frames of one write, as many as a peer sends without waiting for anything. */
const BURST = 500;
/** Far more than any of it takes; what is slow here is the machine. */
const PATIENCE_MS = 20_000;
/** Far less than the server would hold of what it takes without a limit. */
const MOST_GROWTH_BYTES = 96 * 2 ** 20;

let server: Server;
let port: number;
let good: RuntimeClient;
const raws: RawHttp2[] = [];
const sockets: Socket[] = [];

async function start(limits: Partial<Http2Limits> = {}, script: Script = {}, maxMessageBytes = 2 ** 20): Promise<void> {
  server = createGrpcServer({ maxMessageBytes, limits: { sweepMs: 50, ...limits } });
  const answers: Script = { getServerInfo: (_call, callback) => callback(null, serverInfo), ...script };
  server.addService(modelRuntimeService(), answers as UntypedServiceImplementation);
  port = await bindGrpcServer(server, '127.0.0.1:0', ServerCredentials.createInsecure());
  good = createRuntimeClient({ address: `127.0.0.1:${port}`, maxMessageBytes: 64 * 2 ** 20 });
}

async function raw(options?: Parameters<typeof RawHttp2.open>[1]): Promise<RawHttp2> {
  const opened = await RawHttp2.open(port, options);
  raws.push(opened);
  return opened;
}

const isAnswered = async () => expect(await good.getServerInfo()).toMatchObject({ name: 'scripted' });

/** Resolves once the condition holds; fails the test where it does not. */
const until = (condition: () => boolean) => expect.poll(condition, { timeout: PATIENCE_MS }).toBe(true);

afterEach(() => {
  for (const one of [...raws.splice(0), ...sockets.splice(0)]) one.destroy();
  good.close();
  server.forceShutdown();
});

const repeated = (frame: Buffer) => Buffer.concat(Array.from({ length: BURST }, () => frame));

/** A stream's number and all that a peer does with it, again and again. */
function streams(framesOf: (id: number) => readonly Buffer[]): () => Buffer {
  let id = 1;
  return () =>
    Buffer.concat(
      Array.from({ length: 100 }, () => {
        const frames = Buffer.concat(framesOf(id));
        id += 2;
        return frames;
      }),
    );
}

const opening = (id: number, flags: number = FLAG.endHeaders) => http2Frame(FRAME.headers, flags, id, HEADERS);
const number = (value: number) => Buffer.from([0, 0, 0, value]);

const FLOODS: Readonly<Record<string, { readonly first?: Buffer; readonly next: () => Buffer }>> = {
  PING: { next: () => repeated(http2Frame(FRAME.ping, 0, 0, Buffer.alloc(8))) },
  SETTINGS: { next: () => repeated(http2Frame(FRAME.settings, 0, 0)) },
  'SETTINGS that change the window': {
    next: () => repeated(http2Frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 255, 255]))),
  },
  PRIORITY: { next: () => repeated(http2Frame(FRAME.priority, 0, 1001, Buffer.from([0, 0, 0, 0, 16]))) },
  'frames of an unknown type': { next: () => repeated(http2Frame(0x77, 0, 0)) },
  'WINDOW_UPDATE of nothing': { next: () => repeated(http2Frame(FRAME.windowUpdate, 0, 0, number(0))) },
  'WINDOW_UPDATE beyond what a window holds': {
    next: () => repeated(http2Frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 255, 255, 255]))),
  },
  'RST_STREAM right behind each call (CVE-2023-44487)': {
    next: streams((id) => [opening(id), http2Frame(FRAME.resetStream, 0, id, number(8))]),
  },
  'calls that the server has to reset (CVE-2025-8671)': {
    next: streams((id) => [opening(id), http2Frame(FRAME.windowUpdate, 0, id, number(0))]),
  },
  'DATA without data': { first: opening(1), next: () => repeated(http2Frame(FRAME.data, 0, 1)) },
  'DATA of one byte each': {
    first: Buffer.concat([opening(1), http2Frame(FRAME.data, 0, 1, Buffer.from([0, 0, 15, 255, 255]))]),
    next: () => repeated(http2Frame(FRAME.data, 0, 1, Buffer.from([0]))),
  },
  'CONTINUATION without end (CVE-2024-27316)': {
    first: opening(1, 0),
    next: () => repeated(http2Frame(FRAME.continuation, 0, 1, literalHeader('x', 'y'))),
  },
  'CONTINUATION without content': { first: opening(1, 0), next: () => repeated(http2Frame(FRAME.continuation, 0, 1)) },
  'header blocks that are larger than any call needs': {
    next: streams((id) => [
      http2Frame(FRAME.headers, FLAG.endHeaders, id, grpcHeaders(METHOD, { 'x-large': 'a'.repeat(12_000) })),
      http2Frame(FRAME.resetStream, 0, id, number(8)),
    ]),
  },
};

describe('a connection that floods a gRPC server', () => {
  beforeEach(() => start());

  it.each(Object.entries(FLOODS))(
    'with %s is ended, and others are answered meanwhile',
    async (_name, { first, next }) => {
      await isAnswered();
      const before = process.memoryUsage().rss;
      const peer = await raw();
      if (first !== undefined) await peer.write(first);
      const flooding = peer.flood(next, PATIENCE_MS);
      await isAnswered();
      expect(await flooding).toBe(true);
      await isAnswered();
      expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES);
    },
    2 * PATIENCE_MS,
  );

  it('with a header that stands for many others (HPACK bomb) gets no call, and others are answered', async () => {
    const peer = await raw();
    // One entry of 4,000 bytes in the table, then a reference of one byte to it, thousands of times.
    const entry = Buffer.concat([
      Buffer.from([0x40, 1]),
      Buffer.from('x'),
      Buffer.from([127, 0xa1, 0x1e]),
      Buffer.alloc(4000, 97),
    ]);
    const bomb = Buffer.concat([HEADERS, entry, Buffer.alloc(8000, 0x80 | 62)]);
    const before = process.memoryUsage().rss;
    for (let id = 1; id < 200 && (await peer.write(http2Frame(FRAME.headers, FLAG.endHeaders, id, bomb))); id += 2);
    await isAnswered();
    expect(peer.received.some(({ type }) => type === FRAME.headers)).toBe(false);
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES);
  });
});

describe('the contract face of an adapter', () => {
  it('ends a connection that floods it, as a server does', async () => {
    await start();
    const face = await serveContractFace({ runtime: `127.0.0.1:${port}`, limits: { sweepMs: 50 } });
    const peer = await RawHttp2.open(face.port);
    raws.push(peer);
    expect(await peer.flood(FLOODS.PRIORITY?.next as () => Buffer, PATIENCE_MS)).toBe(true);
    const through = createRuntimeClient({ address: face.address });
    expect(await through.getServerInfo()).toMatchObject({ name: 'scripted' });
    through.close();
    await face.stop();
  });
});

describe('callers that do nothing wrong', () => {
  it('may make thousands of calls over one connection, and cancel hundreds of them at once', async () => {
    const connections: unknown[] = [];
    await start(
      { overheadBytesPerSecond: 50_000, sweepMs: 5 },
      {
        getModel: () => undefined,
        getServerInfo: (call, callback) => {
          if (!connections.includes(call.getPeer())) connections.push(call.getPeer());
          callback(null, serverInfo);
        },
      },
    );
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 100 }, isAnswered));
    const leaving = new AbortController();
    setMaxListeners(0, leaving.signal);
    const left = Array.from({ length: 500 }, () =>
      good.getModel('a', '1', { signal: leaving.signal }).catch((error) => error.code),
    );
    await isAnswered();
    leaving.abort();
    expect(new Set(await Promise.all(left))).toEqual(new Set(['DH_CANCELLED']));
    await isAnswered();
    expect(connections).toHaveLength(1);
  });
});

describe('a server of many connections', () => {
  it('lets a new one in for the one that has been without a call for longest', async () => {
    await start({ maxSessions: 4 });
    await isAnswered();
    const silent = [];
    for (let count = 0; count < 12; count++) silent.push(await raw());
    await until(() => silent.filter(({ isClosed }) => !isClosed).length <= 3);
    expect([silent[0]?.isClosed, silent.at(-1)?.isClosed]).toEqual([true, false]);
    // The connection of the caller had a call: it is the last to go.
    await isAnswered();
    const other = createRuntimeClient({ address: `127.0.0.1:${port}` });
    expect(await other.getServerInfo()).toMatchObject({ name: 'scripted' });
    other.close();
  });

  it('refuses a new one where all have calls under way, and ends none of those', async () => {
    const held = event();
    await start(
      { maxSessions: 1 },
      {
        getServerInfo: (_call, callback) => void held.happened.then(() => callback(null, serverInfo)),
      },
    );
    const answer = good.getServerInfo();
    const begun = answer.catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const other = await raw();
    await until(() => other.isClosed);
    held.happen();
    expect(await begun).toMatchObject({ name: 'scripted' });
  });

  it('ends those that never say a word', async () => {
    await start({ prefaceMs: 200 });
    const mute = await raw({ preface: false, answers: false });
    const said = await raw();
    await until(() => mute.isClosed);
    expect(said.isClosed).toBe(false);
  });

  it('survives thousands that come and go at once', async () => {
    await start({ maxSessions: 64 });
    for (let round = 0; round < 10; round++) {
      for (let count = 0; count < 200; count++) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        sockets.push(socket);
      }
      await isAnswered();
      for (const socket of sockets.splice(0)) socket.destroy();
    }
    await isAnswered();
  });
});

describe('calls that stand still', () => {
  it('of one connection are as many as the server says, the others are refused', async () => {
    await start({ maxStreamsOfSession: 10, overheadBytesPerSecond: 2 ** 30 });
    const peer = await raw();
    await peer.write(streams((id) => [opening(id)])());
    await until(() => peer.isClosed || peer.received.filter(({ type }) => type === FRAME.resetStream).length >= 90);
    await isAnswered();
  });

  it('of all connections are limited: the one that has most of them is ended', async () => {
    await start({ maxStreams: 150 });
    const few = await raw();
    await few.write(opening(1));
    const many = [await raw(), await raw()];
    for (const peer of many) await peer.write(streams((id) => [opening(id)])());
    await until(() => many.some(({ isClosed }) => isClosed));
    expect(few.isClosed).toBe(false);
    await isAnswered();
  });

  it('in the middle of their message are ended', async () => {
    await start({ messageMs: 200 });
    const peer = await raw();
    await peer.write(Buffer.concat([opening(1), http2Frame(FRAME.data, 0, 1, Buffer.from([0, 0, 0, 0, 50, 1, 2, 3]))]));
    await until(() => peer.received.some(({ type, streamId }) => type === FRAME.resetStream && streamId === 1));
    expect(peer.isClosed).toBe(false);
    await isAnswered();
  });

  it('of a peer that has vanished are ended with it', async () => {
    const cancelled = event();
    await start(
      { keepaliveMs: 200, keepaliveTimeoutMs: 200 },
      {
        predictStream: (call) => void call.once('cancelled', () => cancelled.happen()),
      },
    );
    const peer = await raw({ answers: false });
    await peer.write(
      http2Frame(FRAME.headers, FLAG.endHeaders, 1, grpcHeaders(METHOD.replace('GetServerInfo', 'PredictStream'))),
    );
    await cancelled.happened;
    await until(() => peer.isClosed);
    await isAnswered();
  });
});

describe('memory of a server', () => {
  const MESSAGE_BYTES = 512 * 1024;
  /** A message that has all but its last byte. */
  const unfinished = (id: number) => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(MESSAGE_BYTES, 1);
    const frames = [opening(id), http2Frame(FRAME.data, 0, id, prefix)];
    for (let sent = 0; sent < MESSAGE_BYTES - 16_384; sent += 16_384) {
      frames.push(http2Frame(FRAME.data, 0, id, Buffer.alloc(16_384)));
    }
    return Buffer.concat(frames);
  };

  it('is not taken up by requests that never end: further large ones are refused, small ones are not', async () => {
    await start({ maxHeldBytes: 4 * 2 ** 20 });
    const peer = await raw();
    for (let count = 0; count < 12; count++) await peer.write(unfinished(1 + 2 * count));
    const refused = () =>
      new Set(peer.received.filter(({ type }) => type === FRAME.headers).map(({ streamId }) => streamId));
    await until(() => refused().size >= 4);
    expect(refused().size).toBeLessThanOrEqual(5);
    await isAnswered();
    peer.destroy();
    await peer.closed;
  });

  it('is free again once those are gone', async () => {
    await start({ maxHeldBytes: 4 * 2 ** 20 }, { predict: (_call, callback) => callback(null, {}) });
    const peer = await raw();
    for (let count = 0; count < 12; count++) await peer.write(unfinished(1 + 2 * count));
    await until(() => peer.received.some(({ type }) => type === FRAME.headers));
    const request: runtimeV1.PredictRequest = {
      modelName: 'a',
      inputs: [{ name: 'x', tensor: { dataType: 'DATA_TYPE_UINT8', shape: ['500000'], data: Buffer.alloc(500_000) } }],
    };
    await expect(good.predict(request)).rejects.toMatchObject({ code: 'DH_QUEUE_FULL', retryable: true });
    peer.destroy();
    await peer.closed;
    expect(await good.predict(request)).toMatchObject({ findings: [] });
  });

  it('is not taken up by answers that nobody reads', async () => {
    const large = { ...serverInfo, name: 'a'.repeat(900_000) };
    await start(
      { maxUnreadBytes: 8 * 2 ** 20 },
      {
        getServerInfo: (call, callback) => callback(null, call.metadata.get('x-small').length > 0 ? serverInfo : large),
      },
    );
    const peer = await raw();
    const ended = async () => {
      for (let id = 1; id < 100; id += 2) {
        await peer.write(Buffer.concat([opening(id), http2Frame(FRAME.data, FLAG.endStream, id, Buffer.alloc(5))]));
      }
      await until(() => peer.isClosed);
    };
    await ended();
  });

  it('is not held for a caller that takes nothing of its answer', async () => {
    await start(
      { stalledMs: 200 },
      {
        getServerInfo: (_call, callback) => callback(null, { ...serverInfo, name: 'a'.repeat(900_000) }),
      },
    );
    const peer = await raw();
    await peer.write(Buffer.concat([opening(1), http2Frame(FRAME.data, FLAG.endStream, 1, Buffer.alloc(5))]));
    await until(() => peer.received.some(({ type, streamId }) => type === FRAME.resetStream && streamId === 1));
    expect(peer.isClosed).toBe(false);
  });
});

describe('a connection that is closed', () => {
  it('leaves no calls behind', async () => {
    const cancelled = event();
    await start({}, { predictStream: (call) => void call.once('cancelled', () => cancelled.happen()) });
    const session = http2.connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    session
      .request({
        ':method': 'POST',
        ':path': METHOD.replace('GetServerInfo', 'PredictStream'),
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      .on('error', () => undefined);
    await new Promise((resolve) => session.ping(resolve));
    session.destroy();
    await cancelled.happened;
    await isAnswered();
  });
});
