import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import { isMeasured, type Killing, Sharpness } from '../src/sharpness/check-sharpness.js';
import { killTable } from '../src/sharpness/kill-matrix.js';
import { MUTANTS, type Mutant } from '../src/sharpness/mutants/index.js';
import { NULL_IMPLEMENTATIONS } from '../src/sharpness/null-implementations.js';
import { OIP_VARIANTS } from '../src/sharpness/oip-variants.js';

// Every case, once: longer than a test usually takes.
vi.setConfig({ testTimeout: 120_000 });

// Those of adapters have tests of their own: adapter-, cds-, wsi- and expressif-sharpness.test.ts.
const OF_ADAPTERS = ['adapter-common', 'cds', 'digital-pathology', 'expressif'];
const cases = loadCases().filter(({ profile }) => !OF_ADAPTERS.includes(profile));
const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
/** Every case on something, on a machine that does other things too. */
const WHOLE_SUITE_MS = 180_000;
let sharpness: Sharpness;

beforeAll(() => {
  sharpness = new Sharpness(cases, store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

describe('the reference runtime', () => {
  it(
    'passes every case, and each with evidence',
    async () => {
      const results = await sharpness.reference();
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
      expect(verdictOf(results)).toBe('conformant');
    },
    WHOLE_SUITE_MS,
  );
});

describe.concurrent('what does nothing', () => {
  it.each(NULL_IMPLEMENTATIONS)(
    '$id passes no MUST: it $title',
    async (implementation) => {
      const results = await sharpness.nothing(implementation);
      expect(results.length).toBeGreaterThanOrEqual(cases.length);
      expect(results.filter(({ level, status }) => level === 'MUST' && status === 'pass')).toEqual([]);
      expect(verdictOf(results)).toBe('non-conformant');
    },
    WHOLE_SUITE_MS,
  );
});

describe.concurrent('what the Open Inference Protocol leaves open', () => {
  it.each(OIP_VARIANTS)('$id fails no MUST: it $title', async (variant) => {
    const results = await sharpness.oipVariant(variant);
    const musts = results.filter(({ level }) => level === 'MUST');
    expect(musts.filter(({ status }) => !['pass', 'unsupported', 'notApplicable'].includes(status))).toEqual([]);
    expect(musts.filter(({ status }) => status === 'pass').length).toBeGreaterThan(80);
  });
});

describe('the mutants', () => {
  const killings: Killing[] = [];

  it('are each named by a case, and no case names another', () => {
    const named = new Set(cases.flatMap(({ kills }) => kills));
    const known = new Set(MUTANTS.map(({ id }) => id));
    expect([...known].filter((id) => !named.has(id))).toEqual([]);
    expect([...named].filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(MUTANTS.length);
  });

  const kill = async (mutant: Mutant) => {
    const killing = await sharpness.kill(mutant);
    expect(killing.survived).toEqual([]);
    expect(killing.killedBy.length).toBeGreaterThan(0);
    killings.push(killing);
  };

  describe.concurrent('of which no case looks at the time', () => {
    it.each(MUTANTS.filter((one) => !isMeasured(one, cases)))(
      '$id is killed by every case that names it: it $title',
      kill,
    );
  });

  describe('of which one does', () => {
    it.each(MUTANTS.filter((one) => isMeasured(one, cases)))(
      '$id is killed by every case that names it: it $title',
      kill,
    );
  });

  it('are listed in docs/conformance/kill-matrix.md as they are', () => {
    const page = new URL('../../docs/conformance/kill-matrix.md', import.meta.url);
    expect(killings).toHaveLength(MUTANTS.length);
    const inOrder = MUTANTS.flatMap(({ id }) => killings.filter(({ mutant }) => mutant.id === id));
    expect(readFileSync(page, 'utf8')).toContain(killTable(inOrder));
  });
});
