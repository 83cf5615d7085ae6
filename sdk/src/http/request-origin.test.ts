import { describe, expect, it } from 'vitest';
import { isForeignPage, isOwnName } from './request-origin.js';

describe('a name that a request was sent to', () => {
  it.each(['localhost', 'LOCALHOST:80', '127.0.0.1:8500', '10.1.2.3', '[::1]:8500', 'Chains.example:443'])(
    'is one of the server: %s',
    (host) => expect(isOwnName({ host }, ['chains.example'])).toBe(true),
  );

  it.each([undefined, '', 'evil.example', 'localhost.evil.example:80', 'localhost:123456', 'a b', '[chains.example]'])(
    'is none: %s',
    (host) => expect(isOwnName(host === undefined ? {} : { host }, ['chains.example'])).toBe(false),
  );
});

describe('a page that asks', () => {
  it.each([
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    { host: '127.0.0.1:80', origin: 'http://127.0.0.1:80' },
    {},
  ])('may: %j', (headers) => expect(isForeignPage(headers)).toBe(false));

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    { host: '127.0.0.1:80', origin: 'http://evil.example' },
    { host: '127.0.0.1:80', origin: 'null' },
  ])('is of another origin: %j', (headers) => expect(isForeignPage(headers)).toBe(true));
});
