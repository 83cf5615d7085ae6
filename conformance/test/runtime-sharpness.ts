import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { isMeasured, type Killing, Sharpness } from '../src/sharpness/check-sharpness.js';
import { killCount, killRow } from '../src/sharpness/kill-matrix.js';
import { MUTANTS, type Mutant } from '../src/sharpness/mutants/index.js';

// Every case, once: longer than a test usually takes.
vi.setConfig({ testTimeout: 120_000 });

// Those of adapters have tests of their own: adapter-, cds-, wsi-, expressif- and piaf-sharpness.test.ts.
const OF_ADAPTERS = ['adapter-common', 'cds', 'digital-pathology', 'expressif', 'processing-chain'];

/** The cases of runtimes. */
export const CASES = loadCases().filter(({ profile }) => !OF_ADAPTERS.includes(profile));

/** Every case on something, on a machine that does other things too. */
export const WHOLE_SUITE_MS = 180_000;

/** Mutants that a case tells by how long something takes, or by how much memory: nothing may go on beside them. */
export const MEASURED = MUTANTS.filter((one) => isMeasured(one, CASES));
export const UNMEASURED = MUTANTS.filter((one) => !isMeasured(one, CASES));

/** The suite's models are written before the tests of the file, and removed after them. */
export function beforeSharpness(): () => Sharpness {
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  let sharpness: Sharpness;
  beforeAll(() => {
    sharpness = new Sharpness(CASES, store);
  });
  afterAll(() => rmSync(store, { recursive: true, force: true }));
  return () => sharpness;
}

/** Each of these is killed by every case that names it, and stands in the kill matrix as it is. */
export function describeKilled(
  which: string,
  mutants: readonly Mutant[],
  { areAtOnce, sharpness }: { areAtOnce: boolean; sharpness: () => Sharpness },
): void {
  describe('the mutants', () => {
    const killings: Killing[] = [];

    describe(which, { concurrent: areAtOnce }, () => {
      it.each([...mutants])('$id is killed by every case that names it: it $title', async (mutant) => {
        const killing = await sharpness().kill(mutant);
        expect(killing.survived).toEqual([]);
        expect(killing.killedBy.length).toBeGreaterThan(0);
        killings.push(killing);
      });
    });

    it('are listed in docs/conformance/kill-matrix.md as they are', () => {
      expect(killings).toHaveLength(mutants.length);
      const rows = runtimeRows();
      for (const killing of killings) expect(rows).toContain(killRow(killing));
    });
  });
}

/** Rows of the first table of the kill matrix, which are those of all mutants of runtimes, in their order. */
export function runtimeRows(): readonly string[] {
  const page = readFileSync(new URL('../../docs/conformance/kill-matrix.md', import.meta.url), 'utf8');
  const [ofRuntimes = ''] = page.split('\n## ', 1);
  expect(ofRuntimes).toContain(`\n${killCount(MUTANTS.length, MUTANTS.length)}\n`);
  const rows = ofRuntimes.split('\n').filter((line) => line.startsWith('| M-'));
  expect(rows.map((row) => row.split(' ', 2)[1])).toEqual(MUTANTS.map(({ id }) => id));
  return rows;
}
