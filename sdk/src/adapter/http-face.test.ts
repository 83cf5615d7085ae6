import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { bearerToken, jsonBody, jsonOf } from './face-body.js';
import { type FaceRequest, type HttpFace, type HttpFaceOptions, serveHttpFace } from './http-face.js';

const open: HttpFace[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((face) => face.stop(0)));
});

async function served(options: Partial<HttpFaceOptions> = {}): Promise<HttpFace> {
  const face = await serveHttpFace({
    answer: async ({ path }) => ({ status: 200, json: path }),
    isReady: async () => true,
    ...options,
  });
  open.push(face);
  return face;
}

/** With headers that fetch() does not let its callers set. */
function ask(face: HttpFace, headers: Record<string, string>, path = '/x'): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${face.url}${path}`, { headers }, (answer) => resolve(answer.resume().statusCode ?? 0))
      .once('error', reject)
      .end();
  });
}

describe('the platform face', () => {
  it('listens beyond loopback only with TLS and access control', async () => {
    await expect(served({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'DH_INSECURE_BIND_REFUSED' });
  });

  it('names a port that is taken', async () => {
    const { url } = await served();
    await expect(served({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'DH_PORT_IN_USE' });
  });

  it('tells living from being ready, and asks nobody who they are', async () => {
    let isReady = false;
    const gate = { authenticate: () => Promise.reject(new DeepHealthError('DH_UNAUTHENTICATED', 'who?')) };
    const face = await served({
      isReady: async () => isReady,
      security: { gate: gate as never },
      isOpen: (method, path) => method === 'GET' && path[0] === 'token',
    });
    const says = async (path: string) => (await fetch(`${face.url}${path}`)).status;
    expect([await says('/health/live'), await says('/health/ready'), await says('/x')]).toEqual([200, 503, 401]);
    expect(await says('/token')).toBe(200);
    isReady = true;
    expect(await says('/health/ready')).toBe(200);
  });

  it('answers an error by its name, with its HTTP status, and says nothing of others', async () => {
    const thrown: unknown[] = [];
    const errors = [new DeepHealthError('DH_INPUT_MISSING', 'No input.'), new Error('at /srv/secret/path')];
    const face = await served({
      answer: async () => {
        throw errors.shift();
      },
      onError: (error) => thrown.push(error),
    });
    const named = await fetch(face.url);
    expect(named.status).toBe(400);
    expect(await named.json()).toMatchObject({ error: { code: 'DH_INPUT_MISSING', retryable: false } });
    const internal = await fetch(face.url);
    expect(internal.status).toBe(500);
    expect(await internal.text()).not.toContain('secret');
    expect(thrown).toHaveLength(2);
  });

  it('reads no body beyond its limit, whether its length is told or not', async () => {
    let calls = 0;
    const face = await served({
      maxBodyBytes: 100,
      answer: async ({ body }) => ({ status: 200, json: [body.length, ++calls] }),
    });
    const post = (body: string) => fetch(face.url, { method: 'POST', body });
    expect((await post('x'.repeat(101))).status).toBe(413);
    // One whose length is told by its chunks, and whose end never comes.
    const { hostname, port } = new URL(face.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
    socket.write(`c8\r\n${'x'.repeat(200)}\r\n`);
    let answer = '';
    for await (const text of socket.setEncoding('utf8')) answer += text;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(await (await post('x'.repeat(100))).json()).toEqual([100, 1]);
  });

  it('answers as many at a time as it may, and says when to come again', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let entered: () => void = () => undefined;
    const isIn = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const face = await served({
      maxInFlight: 1,
      answer: async () => {
        entered();
        await held;
        return { status: 204 };
      },
    });
    const first = fetch(face.url);
    await isIn;
    const second = await fetch(face.url);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await fetch(`${face.url}/health/live`)).status).toBe(200);
    release();
    expect((await first).status).toBe(204);
  });

  it('tells who works that the caller has left', async () => {
    let entered: (request: FaceRequest) => void = () => undefined;
    const asked = new Promise<FaceRequest>((resolve) => {
      entered = resolve;
    });
    const face = await served({
      answer: (request) => {
        entered(request);
        return new Promise(() => undefined);
      },
    });
    const { hostname, port } = new URL(face.url);
    const socket = connect(Number(port), hostname, () => socket.write('GET /x HTTP/1.1\r\nhost: localhost\r\n\r\n'));
    const { signal } = await asked;
    const left = new Promise((resolve) => signal.addEventListener('abort', resolve));
    socket.destroy();
    await left;
    expect(signal.aborted).toBe(true);
  });

  it('takes no request that was sent to another name, nor one of a page of another origin', async () => {
    const face = await served({ publicNames: ['adapter.example'] });
    expect(await ask(face, { host: 'evil.example' })).toBe(403);
    expect(await ask(face, { host: 'adapter.example' })).toBe(200);
    expect(await ask(face, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask(face, { origin: 'https://evil.example' })).toBe(403);
  });

  it('decodes paths, and refuses those that cannot be', async () => {
    const face = await served();
    expect(await (await fetch(`${face.url}/events/a%2Fb?x=1`)).json()).toEqual(['events', 'a/b']);
    expect(await ask(face, {}, '/events/%ff')).toBe(400);
  });

  it('keeps what is about a patient out of caches', async () => {
    expect((await fetch((await served()).url)).headers.get('cache-control')).toBe('no-store');
  });
});

describe('a body', () => {
  it('is JSON in UTF-8 of the right media type', () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect(jsonBody({ headers, body: Buffer.from('{"a":1}') })).toEqual({ a: 1 });
    const refused = (type: string, text: string) => () =>
      jsonBody({ headers: { 'content-type': type }, body: Buffer.from(text) });
    expect(refused('text/plain', '{}')).toThrow(expect.objectContaining({ code: 'DH_MEDIA_TYPE_UNSUPPORTED' }));
    expect(refused('application/json', '{')).toThrow(expect.objectContaining({ code: 'DH_REQUEST_MALFORMED' }));
    expect(() => jsonOf(Buffer.from([0x22, 0xff, 0x22]))).toThrow(
      expect.objectContaining({ code: 'DH_REQUEST_MALFORMED' }),
    );
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b'])('has no token with %j', (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: 'DH_CALLER_UNAUTHENTICATED' }));
  });

  it('has one with a scheme in any case', () => {
    expect([bearerToken('Bearer abc.d-_'), bearerToken('bearer abc')]).toEqual(['abc.d-_', 'abc']);
  });
});
