import { describe, expect, it } from 'vitest';
import { createRequestGuard } from './request-guard.js';

const guard = createRequestGuard({ host: '127.0.0.1', secret: 'abcDEF' });
const ask = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  guard({ url, method, headers: { host: '127.0.0.1:8090', ...headers }, socket: { localPort: 8090 } });

describe('a request', () => {
  it('is answered below the secret', () => {
    expect(ask('/abcDEF/')).toEqual({ path: '' });
    expect(ask('/abcDEF/slide_files/9/0_0.jpeg?x=1')).toEqual({ path: 'slide_files/9/0_0.jpeg' });
    expect(ask('/abcDEF/view.json', { host: 'localhost:8090' })).toEqual({ path: 'view.json' });
    expect(ask('/abcDEF/view.json', { host: '[::1]:8090' })).toEqual({ path: 'view.json' });
  });

  it('is refused without the secret', () => {
    for (const url of ['/', '/view.json', '/abcDE/', '/abcDEFG/', '/abcDEF', '//abcDEF/']) expect(ask(url)).toBe(404);
  });

  it('is refused under a name that was bent to this address, and for another port', () => {
    for (const host of ['evil.example:8090', 'evil.example', '127.0.0.1:1', 'localhost.evil.example:8090', '', 'a b']) {
      expect(ask('/abcDEF/', { host })).toBe(403);
    }
  });

  it('is refused if a page of another origin makes it, but for a link that leads to the page', () => {
    expect(ask('/abcDEF/view.json', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(ask('/abcDEF/view.json', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' })).toBe(403);
    expect(ask('/abcDEF/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toEqual({ path: '' });
    expect(ask('/abcDEF/view.json', { 'sec-fetch-site': 'same-origin' })).toEqual({ path: 'view.json' });
  });

  it('is refused if it is no look', () => {
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect(ask('/abcDEF/', {}, method)).toBe(405);
    expect(ask(`/abcDEF/${'a'.repeat(300)}`)).toBe(414);
  });
});
