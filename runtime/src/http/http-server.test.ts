import { request as startRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttpServer } from './http-server.js';
import { identity } from './testing/fake-open-inference.js';
import { type HttpFixture, startFixture } from './testing/http-fixture.js';

let http: HttpFixture | undefined;
afterEach(async () => {
  await http?.stop();
  http = undefined;
});
const start = async (...options: Parameters<typeof startFixture>) => {
  http = await startFixture(...options);
  return http;
};

const body = '{"inputs":[{"name":"x","shape":[1],"datatype":"UINT8","data":[7]}]}';
const post = (more = '', text = body) =>
  `POST /v2/models/identity/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n${more}\r\n${text}`;

/** Holds infer requests until they are let go. */
const hold = ({ fake }: HttpFixture) => {
  let letGo = () => {};
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let arrived = () => {};
  const waiting = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  fake.onInfer = async (request) => {
    arrived();
    await released;
    return identity(request);
  };
  return { letGo, waiting };
};

describe('startHttpServer', () => {
  it('refuses a port that is taken', async () => {
    const { server } = await start();
    const again = startHttpServer({
      host: '127.0.0.1',
      port: server.port,
      maxBodyBytes: 1,
      routes: [],
      onError: () => {},
    });
    await expect(again).rejects.toMatchObject({ code: 'DH_PORT_IN_USE', details: { port: String(server.port) } });
  });

  it('answers requests on one connection in their order', async () => {
    const { sendRaw } = await start();
    const received = await sendRaw(
      `GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n${post()}GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
    expect(received).toContain('"data":[7]');
  });

  it('answers though the log cannot be written', async () => {
    const { send } = await start({
      onError: () => {
        throw new Error('disk full');
      },
    });
    const warned = new Promise((resolve) => process.once('warning', resolve));
    expect((await send('/v2/models/other')).status).toBe(404);
    expect(await warned).toMatchObject({ name: 'DeepHealthWarning' });
  });

  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400],
    ['no host', 'GET /v2 HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a negative length', 'POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n', 400],
    ['headers without end', `GET /v2 HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
    [
      'broken chunks',
      'POST /v2/models/identity/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
  ])('answers %s and closes', async (_, text, status) => {
    const { sendRaw, infer } = await start();
    expect(await sendRaw(text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await infer(body)).status).toBe(200);
  });

  it('gives up headers and bodies that do not arrive', async () => {
    const { sendRaw } = await start({ timeouts: { headersMs: 50, requestMs: 100, checkMs: 20 } });
    const [headers, text] = await Promise.all([
      sendRaw('GET /v2 HTTP/1.1\r\nHost: x\r\n'),
      sendRaw('POST /v2/models/identity/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'),
    ]);
    expect(headers).toMatch(/^HTTP\/1\.1 408 .*"error":"The request did not arrive in time\."/s);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('asks for the body of a client that waits, but not for one that is too large', async () => {
    const { sendRaw } = await start({ maxBodyBytes: 1000 });
    const welcome = await sendRaw(post('Expect: 100-continue\r\nConnection: close\r\n'));
    expect(welcome).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    const refused = await sendRaw(
      'POST /v2/models/identity/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n',
    );
    expect(refused).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('aborts the signal of a client that goes away', async () => {
    const { fake, server } = await start();
    const socket = connect(server.port, '127.0.0.1');
    const aborted = new Promise<string>((resolve) => {
      fake.onInfer = (request, { signal }) => {
        signal.addEventListener('abort', () => resolve('aborted'));
        socket.destroy();
        return new Promise(() => request);
      };
    });
    socket.write(post());
    expect(await aborted).toBe('aborted');
  });

  it('does not abort the signal of a request that was answered', async () => {
    const { fake, infer } = await start();
    const signals: AbortSignal[] = [];
    fake.onInfer = async (request, { signal }) => {
      signals.push(signal);
      return identity(request);
    };
    await infer(body);
    await infer(body);
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false]);
  });

  it('holds no more bodies at once than eight of the largest', async () => {
    const fixture = await start({ maxBodyBytes: 1000 });
    const { letGo } = hold(fixture);
    const large = body + ' '.repeat(1000 - body.length);
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const options = { port: fixture.server.port, path: '/v2/models/identity/infer', method: 'POST', agent: false };
        startRequest({ host: '127.0.0.1', ...options }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end(large);
      });
    const asked = Array.from({ length: 10 }, ask);
    // Two of ten have no room, whichever they are; they are answered while the others are held.
    const refused: number[] = [];
    await new Promise<void>((resolve) => {
      for (const answer of asked) {
        answer.then((status) => {
          refused.push(status);
          if (refused.length === 2) resolve();
        });
      }
    });
    expect(refused).toEqual([429, 429]);
    letGo();
    expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(8);
    expect((await fixture.infer(large)).status).toBe(200);
  });
});

describe('close', () => {
  it('lets a running request finish and takes no more', async () => {
    const fixture = await start();
    const { letGo, waiting } = hold(fixture);
    const running = fixture.infer(body);
    await waiting;
    const closed = fixture.server.close(60_000);
    await expect(fixture.sendRaw('GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    letGo();
    const { status, headers } = await running;
    expect([status, headers.connection]).toEqual([200, 'close']);
    await closed;
  });

  it('does not wait for connections without a request', async () => {
    const fixture = await start();
    await fixture.send('/v2');
    const cutOff = Promise.allSettled(['', 'GET /v2 HTTP/1.1\r\n'].map((text) => fixture.sendRaw(text)));
    await fixture.send('/v2');
    await fixture.server.close(60_000);
    await cutOff;
  });

  it('takes nothing more from a connection that is still busy', async () => {
    const fixture = await start();
    const { letGo, waiting } = hold(fixture);
    const socket = connect(fixture.server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.write(post());
    await waiting;
    const closed = fixture.server.close(60_000);
    socket.write('GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n');
    letGo();
    await Promise.all([closed, ended]);
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).not.toMatch(/HTTP\/1\.1 200 .*HTTP\/1\.1 200 /s);
  });

  it('stops what takes longer than the grace time, and is done when called twice', async () => {
    const fixture = await start();
    const aborted = new Promise<void>((resolve) => {
      fixture.fake.onInfer = (_, { signal }) =>
        new Promise((__, reject) => {
          signal.addEventListener('abort', () => {
            resolve();
            reject(new Error('stopped'));
          });
          fixture.server.close(10);
        });
    });
    const running = expect(fixture.infer(body)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await aborted;
    await running;
    await fixture.server.close(60_000);
  });
});
