import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { httpOrigin, readModelsMap } from './oip-target.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-map-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mapOf(document: unknown) {
  const file = join(folder, 'map.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return readModelsMap(file);
}

describe('readModelsMap', () => {
  it("takes the target's names, and the suite's where it says nothing", () => {
    const models = mapOf({
      models: {
        'conformance-matmul': { name: 'mm', version: '3', inputs: { a: 'left' }, outputs: { y: 'product' } },
        'conformance-identity-fp32': {},
      },
    });
    expect([...models]).toEqual([
      ['conformance-matmul', { name: 'mm', version: '3', inputs: { a: 'left' }, outputs: { y: 'product' } }],
      ['conformance-identity-fp32', { name: 'conformance-identity-fp32', version: '', inputs: {}, outputs: {} }],
    ]);
  });

  it.each([
    ['no JSON', '{', /JSON/],
    ['no models', {}, /object "models"/],
    ['a model that the suite does not have', { models: { matmul: {} } }, /no model "matmul"/],
    ['a model that is no object', { models: { 'conformance-matmul': 'mm' } }, /must be an object/],
    ['a field that is not known', { models: { 'conformance-matmul': { input: {} } } }, /"input" that is not known/],
    ['a version that is no text', { models: { 'conformance-matmul': { version: 3 } } }, /must be texts/],
    ['a tensor that the model does not have', { models: { 'conformance-matmul': { inputs: { x: 'a' } } } }, /no "x"/],
    ['a name that is no text', { models: { 'conformance-matmul': { outputs: { y: 1 } } } }, /a text for each name/],
  ])('refuses %s', (_, document, message) => {
    expect(() => mapOf(document)).toThrow(message);
  });
});

describe('httpOrigin', () => {
  it('takes an address with and without a scheme', () => {
    expect(httpOrigin('127.0.0.1:8000')).toBe('http://127.0.0.1:8000');
    expect(httpOrigin('https://models.example/v2')).toBe('https://models.example');
  });

  it('refuses what is none', () => {
    expect(() => httpOrigin('a b')).toThrow('no address of HTTP');
  });
});
