import { describe, expect, it } from 'vitest';
import { corsHeaders, parseAllowedOrigins } from './cors.js';

const ALLOWED = parseAllowedOrigins(['https://ehr.example', 'http://localhost:3000']);

const preflight = (method: string, headers?: string) => ({
  'access-control-request-method': method,
  ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
});

describe('a page of an allowed origin', () => {
  it('may ask beforehand for what the calls of CDS Hooks need', () => {
    for (const [method, headers] of [
      ['GET', 'authorization'],
      ['POST', 'authorization,content-type'],
      ['POST', 'Content-Type, Authorization'],
      ['POST', undefined],
    ] as const) {
      const answer = corsHeaders('https://ehr.example', 'OPTIONS', preflight(method, headers), ALLOWED);
      expect(answer).toEqual({
        kind: 'preflight',
        headers: {
          'access-control-allow-origin': 'https://ehr.example',
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type',
          'access-control-max-age': '600',
          vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        },
      });
    }
  });

  it('may read the answer, and is named in it alone', () => {
    const answer = corsHeaders('http://localhost:3000', 'POST', {}, ALLOWED);
    expect(answer).toMatchObject({
      kind: 'allowed',
      headers: { 'access-control-allow-origin': 'http://localhost:3000', vary: 'Origin' },
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('may not send other methods or headers', () => {
    for (const headers of [
      preflight('DELETE'),
      preflight('PUT', 'content-type'),
      preflight('post'),
      preflight('POST', 'authorization, x-own'),
      preflight('POST', '*'),
    ]) {
      expect(corsHeaders('https://ehr.example', 'OPTIONS', headers, ALLOWED).kind).toBe('refused');
    }
  });
});

describe('a page of any other origin', () => {
  it.each([
    'https://evil.example',
    'http://ehr.example',
    'https://ehr.example:8443',
    'https://ehr.example.evil.example',
    'https://evil.example/https://ehr.example',
    'https://EHR.example',
    'null',
    '*',
    '',
  ])('is refused: %s', (origin) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = corsHeaders(origin, method, preflight('POST'), ALLOWED);
      expect(answer.kind).toBe('refused');
      expect(Object.keys(answer.headers)).toEqual(['vary']);
    }
  });

  it('is refused where no origin is allowed', () => {
    expect(corsHeaders('https://ehr.example', 'GET', {}, []).kind).toBe('refused');
  });
});

describe('a program', () => {
  it('sends no origin and needs no permission', () => {
    expect(corsHeaders(undefined, 'POST', {}, ALLOWED)).toEqual({ kind: 'none', headers: { vary: 'Origin' } });
  });
});

describe('the list of origins', () => {
  it.each([
    '*',
    'https://*.example',
    'null',
    'ehr.example',
    'https://ehr.example/',
    'https://ehr.example/app',
    'file:///x',
    'https://EHR.example',
    'https://ehr.example:443',
  ])('does not hold %s', (origin) => {
    expect(() => parseAllowedOrigins(['https://ok.example', origin])).toThrow(
      expect.objectContaining({ code: 'DH_CONFIG_INVALID' }),
    );
  });
});
