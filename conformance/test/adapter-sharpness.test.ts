import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases, planCase } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import { ADAPTER_VARIANTS } from '../src/sharpness/adapter-variants.js';
import { AdapterSharpness } from '../src/sharpness/check-adapter-sharpness.js';
import { ADAPTER_MUTANTS } from '../src/sharpness/mutants/adapter.js';
import { CDS_MUTANTS } from '../src/sharpness/mutants/cds.js';
import { NULL_ADAPTERS } from '../src/sharpness/null-adapters.js';
import { describeMutants, describeNothing, describeVariants } from './sharpness-tests.js';

const all = loadCases();
const cases = all.filter(({ profile }) => profile === 'adapter-common');
const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
const TEST_LIMIT_MS = 180_000;
/** Tensors of the platform, events of several requests, and results that are brought by themselves. */
const NOT_OF_DECISION_SUPPORT = ['013', '017', '028', '029', '031', '032', '033'].map((number) => `DH-ADP-${number}`);
/** Of PlatformAdapter, which the reference service of CDS Hooks does not serve. */
const OF_PLATFORM_ADAPTER = cases.filter(({ id }) => id >= 'DH-ADP-037').map(({ id }) => id);
let sharpness: AdapterSharpness;

beforeAll(() => {
  sharpness = new AdapterSharpness(all, store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

describe('the reference adapter', () => {
  it(
    'passes every case, those of runtimes included, and each with evidence',
    async () => {
      const results = await sharpness.reference();
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
      expect(verdictOf(results)).toBe('conformant');
      const rerun = all.filter(({ rerun }) => rerun !== undefined).flatMap((one) => planCase(one, all));
      expect(rerun.length).toBeGreaterThan(90);
      expect(results.filter(({ parameters }) => parameters.startsWith('case=')).length).toBe(rerun.length);
    },
    TEST_LIMIT_MS,
  );
});

describeVariants(
  'an adapter',
  ADAPTER_VARIANTS,
  cases.filter(({ rerun }) => rerun === undefined).length,
  TEST_LIMIT_MS,
  (variant) => sharpness.variant(variant),
);

describe('the reference service of CDS Hooks, as an adapter for its platform', () => {
  it(
    'passes every case that its platform has a place for',
    async () => {
      const results = await sharpness.decisionSupport();
      const unjudged = ['notApplicable', 'unsupported'];
      expect(results.filter(({ status }) => status !== 'pass' && !unjudged.includes(status))).toEqual([]);
      expect(results.filter(({ status }) => status === 'pass').length).toBeGreaterThan(30);
      const idsOf = (wanted: string) => [
        ...new Set(results.filter(({ status }) => status === wanted).map(({ id }) => id)),
      ];
      expect(idsOf('notApplicable').sort()).toEqual(NOT_OF_DECISION_SUPPORT);
      expect(idsOf('unsupported').sort()).toEqual(OF_PLATFORM_ADAPTER);
    },
    TEST_LIMIT_MS,
  );

  it.each([
    ['M-CDS-85', 'DH-ADP-013'],
    ['M-CDS-74', 'DH-ADP-014'],
    ['M-CDS-95', 'DH-ADP-015'],
    ['M-CDS-86', 'DH-ADP-016'],
    ['M-CDS-91', 'DH-ADP-006'],
    ['M-CDS-92', 'DH-ADP-010'],
    ['M-CDS-98', 'DH-ADP-023'],
    ['M-CDS-40', 'DH-ADP-030'],
  ])(
    'fails where it is %s, by %s',
    async (id, by) => {
      const results = await sharpness.decisionSupport(
        CDS_MUTANTS.find((one) => one.id === id),
        [by],
      );
      expect(results.some(({ status }) => status === 'fail')).toBe(true);
      expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    },
    TEST_LIMIT_MS,
  );
});

describeNothing('an adapter', NULL_ADAPTERS, cases.length, TEST_LIMIT_MS, (nothing) => sharpness.nothing(nothing));

describeMutants({
  ...{ subject: 'the adapter', cases, mutants: ADAPTER_MUTANTS, limitMs: TEST_LIMIT_MS },
  kill: (mutant) => sharpness.kill(mutant),
});
