import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchBounded, listedUrl } from './fetch-bounded.js';

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: '/small' }).end();
    if (request.url === '/small') return void response.end('small');
    if (request.url === '/silent') return;
    response.on('error', () => undefined);
    const more = () => {
      while (response.write(Buffer.alloc(64 * 1024)));
      response.once('drain', more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('another server', () => {
  it('is believed as it answers, and not followed elsewhere', async () => {
    expect((await fetchBounded(`${url}/small`)).body.toString()).toBe('small');
    expect((await fetchBounded(`${url}/moved`)).status).toBe(302);
  });

  it('that is endless is left', async () => {
    await expect(fetchBounded(`${url}/endless`, { maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'DH_MESSAGE_TOO_LARGE',
    });
  });

  it('that says nothing, and one that is not there, are unreachable', async () => {
    const unreachable = expect.objectContaining({ code: 'DH_PLATFORM_UNREACHABLE', retryable: true });
    await expect(fetchBounded(`${url}/silent`, { timeoutMs: 50 })).rejects.toEqual(unreachable);
    await expect(fetchBounded('http://127.0.0.1:9/')).rejects.toEqual(unreachable);
  });

  it('is left when nobody wants its answer', async () => {
    const asked = fetchBounded(`${url}/silent`, { signal: AbortSignal.timeout(20) });
    await expect(asked).rejects.toMatchObject({ code: 'DH_CANCELLED' });
  });
});

describe('a URL that a caller names', () => {
  const origins = ['https://images.example', 'http://127.0.0.1:8080'];

  it('may be of an origin that is listed', () => {
    expect(listedUrl('https://images.example/a/b.png?c=1', origins).pathname).toBe('/a/b.png');
    expect(listedUrl('http://127.0.0.1:8080/a', origins).port).toBe('8080');
  });

  it.each([
    'http://images.example/',
    'https://images.example:8443/',
    'https://images.example.evil.example/',
    'https://user@images.example/',
    'https://images.example@evil.example/',
    'http://127.0.0.1/',
    'http://127.1:8081/',
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'blob:https://images.example/1',
    'javascript:alert(1)',
    '',
  ])('is refused otherwise, and not repeated: %s', (text) => {
    expect(() => listedUrl(text, origins)).toThrow(
      expect.objectContaining({ code: 'DH_REFERENCE_NOT_ALLOWED', message: expect.not.stringContaining('evil') }),
    );
  });
});
