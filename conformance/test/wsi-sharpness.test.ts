import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import type { Killing } from '../src/sharpness/check-sharpness.js';
import { WsiSharpness } from '../src/sharpness/check-wsi-sharpness.js';
import { killTable } from '../src/sharpness/kill-matrix.js';
import { WSI_MUTANTS } from '../src/sharpness/mutants/wsi.js';
import { NULL_WSI } from '../src/sharpness/null-wsi.js';
import { WSI_VARIANTS } from '../src/sharpness/wsi-variants.js';

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

describe.concurrent('an adapter for slides that does otherwise what may be done so', () => {
  it.each(WSI_VARIANTS)(
    '$id passes every case: it $title',
    async (variant) => {
      const results = await sharpness.variant(variant);
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    },
    TEST_LIMIT_MS,
  );
});

describe.concurrent('an adapter for slides that does nothing', () => {
  it.each(NULL_WSI)(
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

describe('the mutants of the adapter for slides', () => {
  const killings: Killing[] = [];

  it('are each named by a case, and no case names another', () => {
    const named = new Set(cases.flatMap(({ kills }) => kills));
    const known = new Set(WSI_MUTANTS.map(({ id }) => id));
    expect([...known].filter((id) => !named.has(id))).toEqual([]);
    expect([...named].filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(WSI_MUTANTS.length);
  });

  describe.concurrent('at the same time', () => {
    it.each(WSI_MUTANTS)(
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
    expect(killings).toHaveLength(WSI_MUTANTS.length);
    const inOrder = WSI_MUTANTS.flatMap(({ id }) => killings.filter(({ mutant }) => mutant.id === id));
    expect(readFileSync(page, 'utf8')).toContain(killTable(inOrder));
  });
});
