import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases, planCase } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import { ADAPTER_VARIANTS } from '../src/sharpness/adapter-variants.js';
import { AdapterSharpness } from '../src/sharpness/check-adapter-sharpness.js';
import type { Killing } from '../src/sharpness/check-sharpness.js';
import { killTable } from '../src/sharpness/kill-matrix.js';
import { ADAPTER_MUTANTS } from '../src/sharpness/mutants/adapter.js';
import { CDS_MUTANTS } from '../src/sharpness/mutants/cds.js';
import { NULL_ADAPTERS } from '../src/sharpness/null-adapters.js';

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

describe.concurrent('an adapter that does otherwise what may be done so', () => {
  it.each(ADAPTER_VARIANTS)(
    '$id passes every case: it $title',
    async (variant) => {
      const results = await sharpness.variant(variant);
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.length).toBeGreaterThanOrEqual(cases.filter(({ rerun }) => rerun === undefined).length);
    },
    TEST_LIMIT_MS,
  );
});

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

describe.concurrent('an adapter that does nothing', () => {
  it.each(NULL_ADAPTERS)(
    '$id passes no MUST: it $title',
    async (adapter) => {
      const results = await sharpness.nothing(adapter);
      expect(results.length).toBeGreaterThanOrEqual(cases.length);
      expect(results.filter(({ level, status }) => level === 'MUST' && status === 'pass')).toEqual([]);
      expect(verdictOf(results)).toBe('non-conformant');
    },
    TEST_LIMIT_MS,
  );
});

describe('the mutants of the adapter', () => {
  const killings: Killing[] = [];

  it('are each named by a case, and no case names another', () => {
    const named = new Set(cases.flatMap(({ kills }) => kills));
    const known = new Set(ADAPTER_MUTANTS.map(({ id }) => id));
    expect([...known].filter((id) => !named.has(id))).toEqual([]);
    expect([...named].filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(ADAPTER_MUTANTS.length);
  });

  describe.concurrent('beside each other', () => {
    it.each(ADAPTER_MUTANTS)(
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
    expect(killings).toHaveLength(ADAPTER_MUTANTS.length);
    const inOrder = ADAPTER_MUTANTS.flatMap(({ id }) => killings.filter(({ mutant }) => mutant.id === id));
    expect(readFileSync(page, 'utf8')).toContain(killTable(inOrder));
  });
});
