import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NotJudged } from '../run/case-result.js';
import { callersToken, tokenOfKind } from './access-material.js';
import { readAccess } from './read-access.js';
import { writeSecureSetup } from './secure-setup.js';
import { makeSigningKey } from './test-issuer.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-access-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (content: string) => {
  const path = join(folder, 'access.json');
  writeFileSync(path, content);
  return path;
};
const key = makeSigningKey();
const issuer = { key, issuer: 'https://issuer.example', audience: 'a-runtime' };

describe('readAccess', () => {
  it('reads what the setup for our own runtime writes, and fills in what is left out', () => {
    const { access } = writeSecureSetup(join(folder, 'setup'));
    const read = readAccess(access);
    expect(read.issuer).toMatchObject({ claims: { roles: 'roles' }, roles: { read: ['auditor'] }, singleUse: false });
    expect(String(read.authority?.key)).toContain('PRIVATE KEY');
  });

  it('keeps what is given of a part, and fills in the rest of it', () => {
    const read = readAccess(file(JSON.stringify({ issuer: { ...issuer, roles: { read: ['viewer'] } } })));
    expect(read.issuer?.roles).toEqual({ all: ['admin'], predict: ['clinician'], read: ['viewer'] });
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', `{"issuer": {"key": {"d": "${key.d}"`, /no JSON/],
    ['nothing', '{}', /fewer than 1/],
    [
      'an unknown kind of token',
      JSON.stringify({ tokens: { stale: 'eyJx' } }),
      /no kind "stale"\. Known: caller, expired/,
    ],
    [
      'a key that is none',
      JSON.stringify({ issuer: { ...issuer, key: { ...key, x: 'AA' } } }),
      /no private JSON Web Key/,
    ],
    [
      'a public key',
      JSON.stringify({ issuer: { ...issuer, key: { ...key, d: undefined } } }),
      /no private JSON Web Key/,
    ],
    ['a file that is not there', JSON.stringify({ authority: { certificate: 'none.pem', key: 'none.pem' } }), /ENOENT/],
  ])('refuses %s, and tells no key', (_, content, message) => {
    const read = () => readAccess(file(content));
    expect(read).toThrow(message);
    expect(read).not.toThrow(String(key.d));
  });
});

describe('tokens of an access file', () => {
  it('are those that were given, and are not judged where none was', () => {
    const access = readAccess(file(JSON.stringify({ tokens: { caller: 'eyJright', expired: 'eyJold' } })));
    expect([tokenOfKind(access, 'expired'), callersToken(access)?.()]).toEqual(['eyJold', 'eyJright']);
    expect(() => tokenOfKind(access, 'unsigned')).toThrow(NotJudged);
    expect(callersToken(undefined)).toBeUndefined();
  });
});
