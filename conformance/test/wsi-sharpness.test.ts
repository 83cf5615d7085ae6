import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import { WsiSharpness } from '../src/sharpness/check-wsi-sharpness.js';
import { WSI_MUTANTS } from '../src/sharpness/mutants/wsi.js';
import { NULL_WSI } from '../src/sharpness/null-wsi.js';
import { WSI_VARIANTS } from '../src/sharpness/wsi-variants.js';
import { describeMutants, describeNothing, describeVariants } from './sharpness-tests.js';

const cases = loadCases().filter(({ profile }) => profile === 'digital-pathology');
const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
const TEST_LIMIT_MS = 120_000;
let sharpness: WsiSharpness;

beforeAll(() => {
  sharpness = new WsiSharpness(cases, store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

describe('the reference adapter for slides', () => {
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

describe('the reference adapter for slides, as an adapter', () => {
  it(
    'passes every case that its platform has a place for',
    async () => {
      const results = await sharpness.asAdapter(loadCases(), join(store, 'models'));
      const unjudged = results.filter(({ status }) => status === 'notApplicable');
      expect(results.filter(({ status }) => status !== 'pass' && status !== 'notApplicable')).toEqual([]);
      expect(results.length - unjudged.length).toBeGreaterThan(15);
    },
    TEST_LIMIT_MS,
  );
});

describeVariants('an adapter for slides', WSI_VARIANTS, cases.length, TEST_LIMIT_MS, (variant) =>
  sharpness.variant(variant),
);

describeNothing('an adapter for slides', NULL_WSI, cases.length, TEST_LIMIT_MS, (nothing) =>
  sharpness.nothing(nothing),
);

describeMutants({
  ...{ subject: 'the adapter for slides', cases, mutants: WSI_MUTANTS, limitMs: TEST_LIMIT_MS },
  kill: (mutant) => sharpness.kill(mutant),
});
