import { describe, expect, it } from 'vitest';
import { isLoopback, parseAddress } from './loopback.js';

describe('isLoopback', () => {
  it.each(['127.0.0.1:80', '127.9.8.7:1', 'localhost:8500', '[::1]:8500', 'unix:/run/a.sock'])('is %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });
  it.each([
    '10.0.0.1:80',
    '127.0.0.1.evil.example:80',
    'localhost.evil.example:80',
    '0.0.0.0:80',
    '128.0.0.1:80',
    '[::2]:80',
    '[::ffff:10.0.0.1]:80',
    'runtime.example:443',
    '127.1:80',
  ])('is not %s', (address) => expect(isLoopback(address)).toBe(false));
});

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['runtime.example:443', { host: 'runtime.example', port: 443 }],
    ['unix:/run/a.sock', { path: '/run/a.sock' }],
    ['unix:///run/a.sock', { path: '/run/a.sock' }],
    ['127.0.0.1', undefined],
    ['127.0.0.1:0', undefined],
    ['127.0.0.1:70000', undefined],
    ['::1:80', undefined],
    ['http://localhost:80', undefined],
    ['dns:///x:80', undefined],
  ])('%s', (address, expected) => expect(parseAddress(address)).toEqual(expected));
});
