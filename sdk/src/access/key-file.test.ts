import { describe, expect, it } from 'vitest';
import { keyDigest, readKeyFile } from './key-file.js';

const KEY = 'k'.repeat(32);
const entry = { id: 'console', sha256: keyDigest(KEY), roles: ['operator'] };
const read = (...keys: object[]) => readKeyFile(Buffer.from(JSON.stringify({ keys })));

describe('a file of keys', () => {
  it('knows a caller by the digest of its key, and its end', () => {
    const holders = read({ ...entry, tenant: 'ward-a', models: ['heart-*'], expires: '2030-01-01' });
    expect(holders.get(keyDigest(KEY))).toEqual({
      caller: { subject: 'console', roles: ['operator'], tenant: 'ward-a', authentication: 'key', models: ['heart-*'] },
      expiresAtMs: Date.UTC(2030, 0, 1),
    });
    expect(read({ ...entry, sha256: entry.sha256.toUpperCase() }).has(entry.sha256)).toBe(true);
  });

  it('has no rule for models, and no end, where none is written', () => {
    const holder = read(entry).get(entry.sha256);
    expect(holder?.expiresAtMs).toBe(Number.POSITIVE_INFINITY);
    expect(holder?.caller).not.toHaveProperty('models');
  });

  it.each<[string, object[], string]>([
    ['an id that is used twice', [entry, { ...entry, sha256: '0'.repeat(64) }], 'keys[1].id'],
    ['a digest that is used twice', [entry, { ...entry, id: 'other' }], 'keys[1].sha256'],
    ['a key in the place of its digest', [{ ...entry, sha256: KEY }], 'keys[0].sha256'],
    ['a role that does not exist', [{ ...entry, roles: ['root'] }], 'keys[0].roles'],
    ['no role', [{ ...entry, roles: [] }], 'keys[0].roles'],
    ['a tenant that is a path', [{ ...entry, tenant: '../a' }], 'keys[0].tenant'],
    ['a rule that is no list', [{ ...entry, models: 'heart' }], 'keys[0].models'],
    ['a date that is none', [{ ...entry, expires: 'soon' }], 'keys[0].expires'],
    ['a date that is read in two ways', [{ ...entry, expires: '01/02/2030' }], 'keys[0].expires'],
    ['a time of no zone', [{ ...entry, expires: '2030-01-02T00:00' }], 'keys[0].expires'],
    ['a date that is a list', [{ ...entry, expires: ['2030-01-02'] }], 'keys[0].expires'],
    ['a field that is misspelt', [{ ...entry, model: ['heart'] }], 'keys[0]'],
    ['an entry that is none', [[] as object], 'keys[0].id'],
  ])('refuses %s, and names the place', (_, keys, field) => {
    expect(() => read(...keys)).toThrow(
      expect.objectContaining({ code: 'DH_CONFIG_INVALID', details: expect.objectContaining({ field }) }),
    );
  });

  it('takes a time with its zone as an end', () => {
    const end = (expires: string) => read({ ...entry, expires }).get(entry.sha256)?.expiresAtMs;
    expect(end('2030-01-02T00:30:00+01:00')).toBe(Date.UTC(2030, 0, 1, 23, 30));
    expect(end('2030-01-02T00:30Z')).toBe(Date.UTC(2030, 0, 2, 0, 30));
  });

  it('refuses a field that is there twice, of which only one could count', () => {
    const [one] = JSON.stringify(entry).split('}');
    const text = `{"keys":[${one},"roles":["admin"]}]}`;
    expect(() => readKeyFile(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'DH_CONFIG_INVALID' }));
  });

  it.each(['', '{', '[]', '{}', 'null', '{"keys": {}}'])('refuses %j, which is no file of keys', (text) => {
    expect(() => readKeyFile(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'DH_CONFIG_INVALID' }));
  });
});
