import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { acceptedCoding, compressBody } from './compress-body.js';

describe('acceptedCoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['br, zstd', undefined],
    ['*', undefined],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['deflate', 'deflate'],
    ['gzip, deflate, br', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['gzip;q=0.5, deflate;q=0.8', 'deflate'],
    ['gzip;q=0, deflate;q=0', undefined],
    ['gzip; q=0.0', undefined],
    ['gzip;q=nonsense', undefined],
  ])('takes %j for %s', (header, expected) => {
    expect(acceptedCoding(header)).toBe(expected);
  });
});

describe('compressBody', () => {
  const parts = [Buffer.alloc(1000, 1), Buffer.alloc(1000, 2)];

  it('compresses all parts as one', async () => {
    expect(gunzipSync((await compressBody(parts, 'gzip')) as Buffer)).toEqual(Buffer.concat(parts));
    expect(inflateSync((await compressBody(parts, 'deflate')) as Buffer)).toEqual(Buffer.concat(parts));
  });

  it('leaves alone what is short', async () => {
    expect(await compressBody([Buffer.alloc(100)], 'gzip')).toBeUndefined();
  });
});
