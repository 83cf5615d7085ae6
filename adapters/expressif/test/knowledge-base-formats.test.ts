import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  createEngine,
  formatOf,
  type KnowledgeBase,
  type KnowledgeBaseFormat,
  parseFll,
  readKnowledgeBase,
  writeFcl,
  writeKnowledgeBase,
} from '../src/index.js';

const folder = fileURLToPath(new URL('../../../../shared/data/fuzzy/', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder) : [];
const textOf = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');

/** A table of fuzzylite: a row of names, then rows of numbers. */
function tableOf(file: string): Record<string, number>[] {
  const [names = [], ...rows] = textOf(file)
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/));
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, Number(row[i])] as const)));
}

function expectTable(kb: KnowledgeBase, table: readonly Record<string, number>[], tolerance: number): void {
  const engine = createEngine(kb, { outOfRange: 'extend' });
  for (const row of table) {
    const { outputs } = engine.evaluate(row);
    for (const { name } of kb.outputs) {
      const output = outputs.get(name);
      if (output?.status !== 'determinate' || output.source === 'default') continue;
      expect(Math.abs(output.value - (row[name] as number)), JSON.stringify(row)).toBeLessThanOrEqual(tolerance);
    }
  }
}

function expectSame(one: KnowledgeBase, other: KnowledgeBase, table: readonly Record<string, number>[]): void {
  const [first, second] = [one, other].map((kb) => createEngine(kb, { outOfRange: 'extend' }));
  for (const row of table) {
    for (const [name, mine] of first?.evaluate(row).outputs ?? []) {
      const theirs = second?.evaluate(row).outputs.get(name);
      expect(theirs?.status).toBe(mine.status);
      if (mine.status !== 'determinate' || theirs?.status !== 'determinate') continue;
      expect(Math.abs(mine.value - theirs.value), JSON.stringify(row)).toBeLessThanOrEqual(1e-9);
    }
  }
}

/** Through each format in turn. */
const through = (kb: KnowledgeBase, formats: readonly KnowledgeBaseFormat[], resolution = 1000): KnowledgeBase =>
  formats.reduce(
    (one, format) => readKnowledgeBase(writeKnowledgeBase(one, format).text, format, { resolution }).knowledgeBase,
    kb,
  );

describe.skipIf(files.length === 0)('rule bases of ../shared in every format (where it is there)', () => {
  const engines = files.filter((file) => formatOf(file) === 'fll');

  it('are all there', () => expect(engines).toHaveLength(16));

  it.each(engines)('%s is the same after it was written in FLL', (file) => {
    const kb = parseFll(textOf(file));
    expect(through(kb, ['fll'])).toEqual(kb);
  });

  it.each(engines)('%s computes the same after it was written as fuzzylite writes FCL, or is refused', (file) => {
    const kb = parseFll(textOf(file));
    if (file.startsWith('activation_')) {
      expect(() => writeFcl(kb, { dialect: 'fuzzylite' })).toThrow(/cannot say the activation Proportional/);
      return;
    }
    const { text } = writeFcl(kb, { dialect: 'fuzzylite' });
    const read = readKnowledgeBase(text, 'fcl');
    expect(read.dialect).toBe('fuzzylite');
    expectSame(kb, read.knowledgeBase, tableOf(file.replace('.fll', '.fld')).slice(0, 300));
  });

  it('goes from FLL to FCL to FML to FLL and computes the same', () => {
    const kb = parseFll(textOf('hr_simple.fll'));
    expectSame(kb, through(kb, ['fll', 'fcl', 'fml', 'fll']), tableOf('hr_simple.fld'));
  });

  it.each(['hr_iec.fcl', 'hr_simple.fml.xml'])(
    '%s agrees with the table of fuzzylite, and through every format',
    (file) => {
      const format = formatOf(file) as KnowledgeBaseFormat;
      const table = tableOf(file.replace(/\.f[cm]l.*$/, '.fld'));
      // The table of the text in FCL is of fuzzylite's own resolution for such, 100.
      const resolution = format === 'fcl' ? 100 : 1000;
      const { knowledgeBase, dialect } = readKnowledgeBase(textOf(file), format, { resolution });
      expect(dialect).toBe(format === 'fcl' ? 'iec' : undefined);
      expectTable(knowledgeBase, table, 1e-9);
      expectSame(knowledgeBase, through(knowledgeBase, ['fml', 'fll', 'fcl'], resolution), table);
    },
  );
});
