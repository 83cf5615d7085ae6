import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const page = readFileSync(new URL('docs/use-cases.md', root), 'utf8');

/** Cells of the rows of the table, without its two lines of head. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('the table of use cases', () => {
  it('has a row for each of the 14 use cases and the later one, in their order', () => {
    const named = rows.map(([name]) => name ?? '').filter((name) => name !== '');
    expect(named.map((name) => Number(/^\d+/.exec(name)?.[0]))).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  it.each(rows.map((row) => ({ name: row[0] || row[1] || '', row })))(
    '$name: says what is needed, and names a test that is there',
    ({ row }) => {
      expect(row).toHaveLength(4);
      const [, task, manifest, test = ''] = row;
      expect(task).not.toBe('');
      expect(manifest).not.toBe('');
      expectTest(test);
    },
  );
});

describe('the list of real files', () => {
  const items = [...page.matchAll(/^- .+ \((\S+\.test\.ts: .+)\)$/gm)].map(([, test = '']) => test);

  it('names tests that are there', () => {
    expect(items.length).toBeGreaterThanOrEqual(4);
    for (const item of items) expectTest(item);
  });
});

/** "<path of a test file>: <title of a test in it>". */
function expectTest(named: string): void {
  const [, file = '', title = ''] = /^(\S+\.test\.ts): (.+)$/.exec(named) ?? [];
  expect(existsSync(new URL(file, root)), `"${named}" names no test file`).toBe(true);
  const source = readFileSync(new URL(file, root), 'utf8');
  const isThere = [`'${title}'`, `"${title}"`].some((text) => new RegExp(`\\(\\s*${escaped(text)}`).test(source));
  expect(isThere, `${file} has no test "${title}"`).toBe(true);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
