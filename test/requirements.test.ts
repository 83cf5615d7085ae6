import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { contractRequirements } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';

const root = new URL('..', import.meta.url);
const testFiles = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !file.endsWith('requirements.test.ts'));

/** Ids that begin a title, written out or in a table of cases; comments do not count. */
const tested = new Set(
  testFiles.flatMap((file) => {
    const source = readFileSync(new URL(file, root), 'utf8').replace(/^\s*\/\/.*$/gm, '');
    return [...source.matchAll(/['`"]((?:\[DH-R-\d{3}\] )+)/g)].flatMap(
      (title) => title[1]?.match(/DH-R-\d{3}/g) ?? [],
    );
  }),
);

describe('the requirements in the contract', () => {
  const requirements = contractRequirements();

  it('are numbered without gap or repetition', () => {
    expect(requirements.length).toBeGreaterThan(30);
    expect(requirements.map((r) => r.id)).toEqual(requirements.map((_, i) => `DH-R-${String(i + 1).padStart(3, '0')}`));
  });

  it.each(requirements)('$id is referenced by a test: $text', ({ id }) => {
    expect(tested).toContain(id);
  });

  it('are the only ones that tests name', () => {
    const known = new Set(requirements.map((r) => r.id));
    expect([...tested].filter((id) => !known.has(id))).toEqual([]);
  });
});
