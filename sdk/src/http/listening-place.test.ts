import { describe, expect, it } from 'vitest';
import { hostAndPort, isLoopback, listenFailure } from './listening-place.js';

describe('a host that is listened at', () => {
  it.each(['localhost', '::1', '127.0.0.1', '127.9.8.7'])('is this machine alone: %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example', '', '::ffff:10.0.0.1'])(
    'may be reached from elsewhere: %s',
    (host) => expect(isLoopback(host)).toBe(false),
  );

  it('is written with brackets where it has colons', () => {
    expect([hostAndPort('::1', 80), hostAndPort('127.0.0.1', 80), hostAndPort('localhost', 0)]).toEqual([
      '[::1]:80',
      '127.0.0.1:80',
      'localhost:0',
    ]);
  });
});

describe('why a server cannot listen', () => {
  it.each([
    ['EADDRINUSE', 'DH_PORT_IN_USE', 'Port 80 is in use. Name another one, or 0 for a free one.'],
    ['EACCES', 'DH_CONFIG_INVALID', 'The viewer cannot listen at this address.'],
  ])('%s is %s', (code, expected, message) => {
    const cause = Object.assign(new Error('listen 10.0.0.1:80'), { code });
    expect(listenFailure('The viewer', 80, cause)).toMatchObject({ code: expected, message, cause });
  });
});
