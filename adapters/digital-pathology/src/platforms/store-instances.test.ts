import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inTemporaryFolder } from '../testing/temporary-folder.js';
import { type StoredInstance, type StoreOptions, storeInstances } from './store-instances.js';

interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
type Reply = { readonly status: number; readonly body?: unknown } | 'lost';

/** Stores files of the given contents on a server that gives the given answers, one after another. */
async function store(
  contents: readonly (string | Buffer)[],
  replies: readonly Reply[],
  options: Partial<StoreOptions> = {},
): Promise<{ results: StoredInstance[]; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const reply = replies[seen.length];
    seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) });
    if (reply === undefined || reply === 'lost') return request.socket.destroy();
    response.writeHead(reply.status);
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await inTemporaryFolder(async (folder) => {
      const paths = contents.map((_, at) => join(folder, `${at}.dcm`));
      for (const [at, path] of paths.entries()) await writeFile(path, contents[at] as string);
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`;
      return { results: await storeInstances(paths, { baseUrl, retryDelayMs: 1, ...options }), seen };
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const item = (members: Record<string, unknown>) => ({
  vr: 'SQ',
  Value: [Object.fromEntries(Object.entries(members).map(([tag, value]) => [tag, { vr: 'UI', Value: [value] }]))],
});
const stored = (uid: string) => ({
  '00081199': item({ '00081155': uid, '00081190': `http://x/instances/${uid}` }),
});

describe('storeInstances', () => {
  it('sends each file as it is, in a request of its own, with its length and the token', async () => {
    const content = Buffer.from([0, 13, 10, 45, 45, 255]);
    const { results, seen } = await store(
      [content, ''],
      [
        { status: 200, body: stored('1.2') },
        { status: 200, body: stored('1.3') },
      ],
      { token: 'abc', studyInstanceUid: '1.9' },
    );
    expect(results).toEqual([
      { file: '0.dcm', status: 'stored', sopInstanceUid: '1.2', retrieveUrl: 'http://x/instances/1.2' },
      { file: '1.dcm', status: 'stored', sopInstanceUid: '1.3', retrieveUrl: 'http://x/instances/1.3' },
    ]);
    const [first] = seen as [Seen];
    expect(first.url).toBe('/dicom-web/studies/1.9');
    expect(first.headers).toMatchObject({ accept: 'application/dicom+json', authorization: 'Bearer abc' });
    const boundary = /boundary=(\S+)/.exec(first.headers['content-type'] ?? '')?.[1];
    expect(first.body).toEqual(
      Buffer.concat([
        Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
        content,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]),
    );
    expect(first.headers['content-length']).toBe(String(first.body.length));
  });

  it('tells what the server did not take, and goes on with the others', async () => {
    const { results } = await store(
      ['a', 'b', 'c', 'd', 'e'],
      [
        { status: 409, body: { '00081198': item({ '00081155': '1.2', '00081197': 290 }) } },
        { status: 202, body: { '00081199': item({ '00081155': '1.3', '00081196': 45056 }) } },
        { status: 200 },
        { status: 202 },
        { status: 200, body: { '00081198': item({ '00081155': '1.6', '00081197': 0xa700 }) } },
      ],
    );
    expect(results).toEqual([
      {
        file: '0.dcm',
        status: 'failed',
        sopInstanceUid: '1.2',
        reason: 290,
        meaning: expect.stringContaining('SOP class'),
      },
      {
        file: '1.dcm',
        status: 'stored-with-warning',
        sopInstanceUid: '1.3',
        reason: 45056,
        meaning: expect.anything(),
      },
      { file: '2.dcm', status: 'stored' },
      { file: '3.dcm', status: 'failed', reason: 202, meaning: expect.anything() },
      {
        file: '4.dcm',
        status: 'failed',
        sopInstanceUid: '1.6',
        reason: 0xa700,
        meaning: expect.stringContaining('space'),
      },
    ]);
  });

  it('sends again what got lost, and while the server is busy', async () => {
    const { results, seen } = await store(['abc'], ['lost', { status: 503 }, { status: 200, body: stored('1.2') }]);
    expect([results[0]?.status, seen.length]).toEqual(['stored', 3]);
    expect(seen.map(({ body }) => body.length)).toEqual(Array(3).fill(seen[0]?.body.length));
  });

  it('gives up after some tries', async () => {
    await expect(store(['a'], ['lost', 'lost', 'lost'], { retries: 2 })).rejects.toMatchObject({
      code: 'DH_PLATFORM_UNREACHABLE',
    });
  });

  it('never repeats a token, also where the server does', async () => {
    const token = 'very-secret-token';
    const { results } = await store(['a'], [{ status: 400, body: `<p>bad header Bearer ${token}</p>` }], { token });
    expect(results[0]).toMatchObject({ status: 'failed', reason: 400, meaning: 'bad header Bearer ***' });
    const error = await store(['a'], [{ status: 401, body: token }], { token }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DH_PLATFORM_UNAUTHENTICATED' });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain(token);
  });

  it('takes no address with a password in it, and no file that is not there', async () => {
    await expect(storeInstances([], { baseUrl: 'https://me:pass@host/' })).rejects.toMatchObject({
      code: 'DH_REQUEST_MALFORMED',
      message: expect.not.stringContaining('pass@'),
    });
    await expect(storeInstances(['/nowhere/x.dcm'], { baseUrl: 'http://127.0.0.1:1/' })).rejects.toThrow(
      '"x.dcm" cannot',
    );
  });

  it('is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(store(['a'], [], { signal })).rejects.toMatchObject({ code: 'DH_CANCELLED' });
  });
});
