import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));

/** Rows of the tables whose last column is "kept by". */
function promisesOf(page: string): string[] {
  let isPromising = false;
  return readFileSync(join(DOCS, page), 'utf8')
    .split('\n')
    .filter((line) => {
      if (!line.startsWith('| ')) {
        if (!line.startsWith('|---')) isPromising = false;
        return false;
      }
      if (!line.endsWith('| kept by |')) return isPromising;
      isPromising = true;
      return false;
    });
}

describe.each([
  ['reliability.md', 30],
  ['security.md', 50],
])('docs/%s', (page, atLeast) => {
  const promises = promisesOf(page);

  it('makes promises', () => {
    expect(promises.length).toBeGreaterThan(atLeast);
  });

  it.each(promises)('names a test that is there: %s', (row) => {
    const cell = row.split('|').at(-2) as string;
    const [, name, link] = /\[(.+)\]\((\.\.\/.+\.test\.ts)\)/.exec(cell) ?? [];
    expect(name, 'a link to a test').toBeDefined();
    const file = join(DOCS, link as string);
    expect(existsSync(file), link).toBe(true);
    expect(readFileSync(file, 'utf8').replaceAll('\\', '')).toContain(name);
  });
});
