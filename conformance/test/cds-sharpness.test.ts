import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import { CDS_VARIANTS } from '../src/sharpness/cds-variants.js';
import { CdsSharpness } from '../src/sharpness/check-cds-sharpness.js';
import type { Killing } from '../src/sharpness/check-sharpness.js';
import { killTable } from '../src/sharpness/kill-matrix.js';
import { CDS_MUTANTS } from '../src/sharpness/mutants/cds.js';
import { NULL_CDS } from '../src/sharpness/null-cds.js';

const cases = loadCases().filter(({ profile }) => profile === 'cds');
const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
const TEST_LIMIT_MS = 120_000;
let sharpness: CdsSharpness;

beforeAll(() => {
  sharpness = new CdsSharpness(cases, store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

describe('the reference service of CDS Hooks', () => {
  it(
    'passes every case, and each with evidence',
    async () => {
      const results = await sharpness.reference();
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
      expect(results.length).toBeGreaterThanOrEqual(cases.length);
      expect(verdictOf(results)).toBe('conformant');
    },
    TEST_LIMIT_MS,
  );
});

describe.concurrent('a service that does otherwise what may be done so', () => {
  it.each(CDS_VARIANTS)(
    '$id passes every case: it $title',
    async (variant) => {
      const results = await sharpness.variant(variant);
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    },
    TEST_LIMIT_MS,
  );
});

describe.concurrent('a service that does nothing', () => {
  it.each(NULL_CDS)(
    '$id passes no MUST: it $title',
    async (service) => {
      const results = await sharpness.nothing(service);
      expect(results.length).toBeGreaterThanOrEqual(cases.length);
      expect(results.filter(({ level, status }) => level === 'MUST' && status === 'pass')).toEqual([]);
      expect(verdictOf(results)).toBe('non-conformant');
    },
    TEST_LIMIT_MS,
  );
});

describe('the mutants of the service', () => {
  const killings: Killing[] = [];

  it('are each named by a case, and no case names another', () => {
    const named = new Set(cases.flatMap(({ kills }) => kills));
    const known = new Set(CDS_MUTANTS.map(({ id }) => id));
    expect([...known].filter((id) => !named.has(id))).toEqual([]);
    expect([...named].filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(CDS_MUTANTS.length);
  });

  describe.concurrent('at the same time', () => {
    it.each(CDS_MUTANTS)(
      '$id is killed by every case that names it: it $title',
      async (mutant) => {
        const killing = await sharpness.kill(mutant);
        expect(killing.survived).toEqual([]);
        expect(killing.killedBy.length).toBeGreaterThan(0);
        killings.push(killing);
      },
      TEST_LIMIT_MS,
    );
  });

  it('are listed in docs/conformance/kill-matrix.md as they are', () => {
    const page = new URL('../../docs/conformance/kill-matrix.md', import.meta.url);
    expect(killings).toHaveLength(CDS_MUTANTS.length);
    const inOrder = CDS_MUTANTS.flatMap(({ id }) => killings.filter(({ mutant }) => mutant.id === id));
    expect(readFileSync(page, 'utf8')).toContain(killTable(inOrder));
  });
});
