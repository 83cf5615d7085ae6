import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import { CDS_VARIANTS } from '../src/sharpness/cds-variants.js';
import { CdsSharpness } from '../src/sharpness/check-cds-sharpness.js';
import { CDS_MUTANTS } from '../src/sharpness/mutants/cds.js';
import { NULL_CDS } from '../src/sharpness/null-cds.js';
import { describeMutants, describeNothing, describeVariants } from './sharpness-tests.js';

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

describeVariants('a service', CDS_VARIANTS, cases.length, TEST_LIMIT_MS, (variant) => sharpness.variant(variant));

describeNothing('a service', NULL_CDS, cases.length, TEST_LIMIT_MS, (nothing) => sharpness.nothing(nothing));

describeMutants({
  ...{ subject: 'the service', cases, mutants: CDS_MUTANTS, limitMs: TEST_LIMIT_MS },
  kill: (mutant) => sharpness.kill(mutant),
});
