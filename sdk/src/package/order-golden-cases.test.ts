import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { buildTestPackage } from '../testing/test-package.js';
import type { GoldenCase } from './golden.js';
import type { TensorSpec } from './manifest.js';
import { orderGoldenCases } from './order-golden-cases.js';
import { readModelPackage } from './package-folder.js';

/** "b<a" is a case b that follows a. */
const casesOf = (...notes: string[]) =>
  notes.map((note) => {
    const [id, follows] = note.split('<');
    return { id, ...(follows === undefined ? {} : { follows }) } as GoldenCase;
  });
const idsOf = (cases: readonly GoldenCase[]) => cases.map(({ id }) => id);

describe('orderGoldenCases', () => {
  it('keeps the order where nothing follows', () => {
    expect(idsOf(orderGoldenCases(casesOf('c', 'a', 'b')))).toEqual(['c', 'a', 'b']);
    expect(orderGoldenCases([])).toEqual([]);
  });

  it('puts a case behind the one it follows, and moves nothing else', () => {
    expect(idsOf(orderGoldenCases(casesOf('a<c', 'b', 'c<d', 'd', 'e')))).toEqual(['d', 'c', 'a', 'b', 'e']);
    expect(idsOf(orderGoldenCases(casesOf('a', 'b<a', 'c<b')))).toEqual(['a', 'b', 'c']);
  });

  it('lets several cases follow one', () => {
    expect(idsOf(orderGoldenCases(casesOf('b<a', 'c<a', 'a')))).toEqual(['a', 'b', 'c']);
  });

  it('gives every case once, each behind the one it follows, at random', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      const sorted = Array.from({ length: 30 }, (_, index) => {
        const earlier = Math.floor(random() * index);
        return index > 0 && random() < 0.7 ? `c${index}<c${earlier}` : `c${index}`;
      });
      const shuffled = sorted.map((note) => ({ note, key: random() })).sort((a, b) => a.key - b.key);
      const cases = casesOf(...shuffled.map(({ note }) => note));
      const ordered = orderGoldenCases(cases);
      expect(new Set(ordered)).toEqual(new Set(cases));
      expect(ordered).toHaveLength(30);
      const ids = idsOf(ordered);
      for (const { id, follows } of ordered) {
        if (follows !== undefined) expect(ids.indexOf(follows)).toBeLessThan(ids.indexOf(id));
      }
    }
  });

  it('takes a long recording', () => {
    const length = 3000;
    const cases = casesOf(...Array.from({ length }, (_, i) => (i === length - 1 ? `c${i}` : `c${i}<c${i + 1}`)));
    expect(orderGoldenCases(cases)[0]?.id).toBe('c2999');
  });

  it.each<[string, string[], string, string]>([
    ['a case that is not there', ['a', 'b<z'], 'b', '"b" follows "z", which is no case of the package'],
    ['itself', ['a', 'b<b'], 'b', '"b" follows itself: "b" follows "b"'],
    ['one that follows it', ['a<b', 'b<c', 'c<b'], 'b', '"b" follows itself: "b" follows "c" follows "b"'],
    ['one of two with the same id', ['a', 'a', 'b<a'], 'b', '"b" follows "a", and two cases have this id'],
    [
      'itself at some distance',
      ['a<b', 'b<c', 'c<d', 'd<e', 'e<f', 'f<a'],
      'a',
      '"a" follows "b" follows "c" follows "d" follows … follows "a"',
    ],
  ])('refuses a case that follows %s', (_, notes, id, sentence) => {
    expect(() => orderGoldenCases(casesOf(...notes))).toThrowError(
      expect.objectContaining({
        code: 'DH_GOLDEN_MALFORMED',
        message: expect.stringContaining(sentence),
        details: { case: id },
      }),
    );
  });
});

describe('a package of a model that keeps state', () => {
  const tensor = (name: string): TensorSpec => ({ name, dataType: 'FP32', shape: [1, 2] });
  const value = { dataType: 'FP32', shape: [1, 2], values: [1, 2] } as const;
  const golden = (id: string, follows?: string) =>
    JSON.stringify({
      schemaVersion: 1,
      id,
      description: 'A case.',
      source: 'Written down.',
      ...(follows === undefined ? {} : { follows }),
      inputs: { x: { tensor: value } },
      expected: { tensors: { y: value } },
    });

  const read = async (files: Record<string, string>) => {
    const store = mkdtempSync(join(tmpdir(), 'dh-golden-'));
    try {
      const { folder } = buildTestPackage(store, {
        model: Buffer.from('graph'),
        tensors: { inputs: [tensor('x'), tensor('h')], outputs: [tensor('y')] },
        golden: [],
        manifest: {
          inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
          sequence: { state: [{ input: 'h', output: 'y' }] },
        },
        files,
      });
      return await readModelPackage(folder);
    } finally {
      rmSync(store, { recursive: true, force: true });
    }
  };

  it('gives its golden cases in the order in which they can run', async () => {
    const { goldenCases } = await read({
      'golden/a.json': golden('third', 'second'),
      'golden/b.json': golden('second', 'first'),
      'golden/c.json': golden('first'),
    });
    expect(idsOf(goldenCases)).toEqual(['first', 'second', 'third']);
  });

  it('is refused where a case follows one that is not there', async () => {
    await expect(read({ 'golden/a.json': golden('second', 'first') })).rejects.toMatchObject({
      code: 'DH_GOLDEN_MALFORMED',
      details: { case: 'second' },
    });
  });
});
