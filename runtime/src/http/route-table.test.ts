import { describe, expect, it } from 'vitest';
import type { Route } from './route.js';
import { RouteTable } from './route-table.js';

const route = (method: 'GET' | 'POST', path: string): Route => ({
  method,
  path,
  handle: () => ({ status: 200, contentType: 'text/plain', body: [] }),
});
const table = new RouteTable([
  route('GET', '/v2'),
  route('GET', '/v2/models/{model}'),
  route('GET', '/v2/models/stats'),
  route('GET', '/v2/models/{model}/versions/{version}'),
  route('POST', '/v2/models/{model}/infer'),
  route('GET', '/v2/logging'),
  route('POST', '/v2/logging'),
]);
const found = (method: string, target: string) => {
  const match = table.find(method, target);
  if (match === undefined) return undefined;
  return 'allow' in match ? match.allow : [match.route.path, Object.fromEntries(match.params)];
};

describe('RouteTable', () => {
  it.each([
    ['GET', '/v2', ['/v2', {}]],
    ['HEAD', '/v2', ['/v2', {}]],
    ['GET', '/v2?verbose=1', ['/v2', {}]],
    ['GET', '/v2/models/stats', ['/v2/models/stats', {}]],
    ['GET', '/v2/models/a', ['/v2/models/{model}', { model: 'a' }]],
    ['GET', '/v2/models/a/versions/1.2.0', ['/v2/models/{model}/versions/{version}', { model: 'a', version: '1.2.0' }]],
    ['POST', '/v2/models/%C3%A4%20b/infer', ['/v2/models/{model}/infer', { model: 'ä b' }]],
    ['POST', '/v2/logging', ['/v2/logging', {}]],
  ])('finds %s %s', (method, target, expected) => {
    expect(found(method, target)).toEqual(expected);
  });

  it.each([
    '/',
    '',
    '*',
    '/v2/',
    '/V2',
    '/v2/models',
    '/v2/models/',
    '/v2/models//infer',
    'http://host/v2',
    '/v3',
    '/v2/models/a/b/c/d',
  ])('has nothing at %j', (target) => {
    expect(found('GET', target)).toBeUndefined();
  });

  it('names the methods of a path that is asked with another one', () => {
    expect(found('DELETE', '/v2/logging')).toEqual(['GET', 'HEAD', 'POST']);
    expect(found('GET', '/v2/models/a/infer')).toEqual(['POST']);
    expect(found('POST', '/v2/models/stats')).toEqual(['GET', 'HEAD']);
  });

  it('keeps an encoded slash and dots inside their segment', () => {
    expect(found('GET', '/v2/models/..%2F..%2Fetc')).toEqual(['/v2/models/{model}', { model: '../../etc' }]);
    expect(found('GET', '/v2/models/%2e%2e')).toEqual(['/v2/models/{model}', { model: '..' }]);
    expect(found('GET', '/v2/models/a/../logging')).toBeUndefined();
  });

  it.each([
    '/v2/models/%',
    '/v2/models/%zz',
    '/v2/models/%ff',
    '/v2/models/a%00b',
    '/v2/models/a%0d%0ab',
    '/v2/models/%ed%a0%80',
  ])('refuses %s', (target) => {
    expect(() => table.find('GET', target)).toThrowError(expect.objectContaining({ code: 'DH_REQUEST_MALFORMED' }));
  });
});

describe('a prefix', () => {
  const prefixed = new RouteTable([
    { ...route('GET', '/console/{file...}'), failures: 'object' },
    route('GET', '/console/api/{name}'),
    route('POST', '/console/api/{name}/{act}'),
    route('GET', '/console'),
  ]);
  const at = (method: string, target: string) => {
    const match = prefixed.find(method, target);
    if (match === undefined) return undefined;
    return 'allow' in match ? match : [match.route.path, Object.fromEntries(match.params)];
  };

  it.each([
    ['/console/', ''],
    ['/console/assets/a.js', 'assets/a.js'],
    ['/console/..%2fsecret/%2e%2e', '../secret/..'],
    ['/console//a', '/a'],
    ['/console/api/a/b/c', 'api/a/b/c'],
  ])('takes what no other route fits: %s', (target, file) => {
    expect(at('GET', target)).toEqual(['/console/{file...}', { file }]);
  });

  it('goes behind every other route, and is no way to other methods of theirs', () => {
    expect(at('GET', '/console')).toEqual(['/console', {}]);
    expect(at('GET', '/console/api/a')).toEqual(['/console/api/{name}', { name: 'a' }]);
    expect(at('GET', '/console/api/a/b')).toEqual({ allow: ['POST'], failures: 'text' });
    expect(at('POST', '/console/x')).toEqual({ allow: ['GET', 'HEAD'], failures: 'object' });
    expect(at('GET', '/consoles/')).toBeUndefined();
  });

  it('says how failures below it are told, of a path that cannot be read, too', () => {
    expect([prefixed.failuresAt('/console/%ff'), prefixed.failuresAt('/v2/%ff')]).toEqual(['object', 'text']);
  });
});
