import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { foreignReaders } from '../fuzz/foreign-readers.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const json = (name: string) => JSON.parse(readFileSync(join(root, 'fuzz', name), 'utf8'));
const targets: { target: string; test: string; refusals: string }[] = json('targets.json');
const reached: string[] = json('reached.json');
const withoutTarget: { reader: string; reason: string }[] = json('without-target.json');
const readers = foreignReaders(root);

it('every reader of foreign bytes is reached by a target, or excepted with a reason', () => {
  expect(readers.length).toBeGreaterThan(100);
  const known = new Set([...reached, ...withoutTarget.map(({ reader }) => reader)]);
  // A new one: give it a target, and note with `npm run fuzz:reach` what the targets reach.
  expect(readers.filter((reader) => !known.has(reader))).toEqual([]);
});

it('no reader is excepted that is reached, that is gone, or without a reason', () => {
  const isStale = ({ reader, reason }: (typeof withoutTarget)[number]) =>
    !readers.includes(reader) || reached.includes(reader) || reason.length < 20;
  expect(withoutTarget.filter(isStale)).toEqual([]);
  expect(reached.filter((reader) => !readers.includes(reader))).toEqual([]);
});

it('a reader that is planted is seen', () => {
  const planted = 'export async function parsePlanted(bytes: Uint8Array): Promise<void> {}\n';
  expect(foreignReaders(root, new Map([['sdk/src/planted.ts', planted]]))).toContain('sdk parsePlanted');
});

it('every target is listed once, with its test and what it may refuse with', () => {
  expect(new Set(targets.map(({ target }) => target)).size).toBe(targets.length);
  for (const { target, test, refusals } of targets) {
    expect(refusals, target).toMatch(/\w/);
    expect(readFileSync(join(root, test), 'utf8'), target).toContain('fuzzParser(');
  }
});

it('every test that breaks inputs is that of a target', () => {
  const tests = ['sdk', 'runtime', 'cli', 'adapters', 'native', 'proto'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter((file) => file.endsWith('.test.ts') && !/node_modules|sdk\/src\/testing\//.test(file)),
  );
  const own = tests.filter((file) => /await fuzzParser\(/.test(readFileSync(join(root, file), 'utf8')));
  expect(own.filter((file) => !targets.some(({ test }) => test === file))).toEqual([]);
});

it('every kept input is that of a target', () => {
  const folder = join(root, 'fuzz', 'corpus');
  const names = targets.map(({ target }) =>
    target
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, ''),
  );
  expect(
    (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name !== 'README.md' && !names.includes(name)),
  ).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
