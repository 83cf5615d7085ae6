import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createEngine, parseFll } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../../shared/data/fuzzy/', import.meta.url));
const engines = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.fll')) : [];

const toNumber = (word: string): number => {
  const special: Record<string, number> = {
    nan: Number.NaN,
    inf: Number.POSITIVE_INFINITY,
    '-inf': Number.NEGATIVE_INFINITY,
  };
  return special[word] ?? Number(word);
};

/** Tables that the fuzzylite console computed, with 12 decimals. */
describe.skipIf(engines.length === 0)('the reference tables of fuzzylite (where ../shared is there)', () => {
  it('are all there', () => expect(engines).toHaveLength(16));

  it.each(engines)('%s: every row within 1e-9', (file) => {
    const knowledgeBase = parseFll(readFileSync(`${folder}${file}`, 'utf8'));
    const engine = createEngine(knowledgeBase, { outOfRange: 'extend' });
    const [header = [], ...rows] = readFileSync(`${folder}${file.replace(/fll$/, 'fld')}`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    for (const row of rows) {
      const table = Object.fromEntries(header.map((name, i) => [name, toNumber(row[i] as string)]));
      const evaluation = engine.evaluate(table);
      for (const { name } of knowledgeBase.outputs) {
        const output = evaluation.outputs.get(name);
        const input = knowledgeBase.inputs.find((one) => Number.isNaN(table[one.name]));
        if (input !== undefined) {
          // fuzzylite takes nan for "not a member": ours says that it does not know.
          expect(output).toMatchObject({ status: 'indeterminate', reason: 'not-a-number', variable: input.name });
        } else if (Number.isNaN(table[name])) {
          expect(output).toMatchObject({ status: 'indeterminate', reason: 'nothing-fired' });
        } else {
          const difference = output?.status === 'determinate' ? output.value - (table[name] as number) : Number.NaN;
          expect(Math.abs(difference), `${name} at ${row.join(' ')}`).toBeLessThanOrEqual(1e-9);
        }
      }
    }
  });
});
