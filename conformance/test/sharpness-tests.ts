import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConformanceCase, Profile } from '../src/cases/case-types.js';
import { loadCases } from '../src/cases/load-cases.js';
import { verdictOf } from '../src/report/verdict.js';
import type { CaseResult } from '../src/run/case-result.js';
import type { Killing } from '../src/sharpness/check-sharpness.js';
import { killTable } from '../src/sharpness/kill-matrix.js';

interface Named {
  readonly id: string;
  readonly title: string;
}

/** What a set of cases is tried on, in tests of a profile. */
export interface SharpnessTests<Mutant extends Named> {
  /** What is changed, as in "the mutants of the adapter". */
  readonly subject: string;
  readonly cases: readonly ConformanceCase[];
  readonly mutants: readonly Mutant[];
  readonly limitMs: number;
  kill(mutant: Mutant): Promise<Killing>;
}

/** Every mutant is named by a case, is killed by each that names it, and stands in the kill matrix. */
export function describeMutants<Mutant extends Named>(tests: SharpnessTests<Mutant>): void {
  const { subject, cases, mutants, limitMs } = tests;
  describe(`the mutants of ${subject}`, () => {
    const killings: Killing[] = [];

    it('are each named by a case, and no case names another', () => {
      const named = new Set(cases.flatMap(({ kills }) => kills));
      const known = new Set(mutants.map(({ id }) => id));
      expect([...known].filter((id) => !named.has(id))).toEqual([]);
      expect([...named].filter((id) => !known.has(id))).toEqual([]);
      expect(known.size).toBe(mutants.length);
    });

    describe.concurrent('at the same time', () => {
      it.each([...mutants])(
        '$id is killed by every case that names it: it $title',
        async (mutant) => {
          const killing = await tests.kill(mutant);
          expect(killing.survived).toEqual([]);
          expect(killing.killedBy.length).toBeGreaterThan(0);
          killings.push(killing);
        },
        limitMs,
      );
    });

    it('are listed in docs/conformance/kill-matrix.md as they are', () => {
      const page = new URL('../../docs/conformance/kill-matrix.md', import.meta.url);
      expect(killings).toHaveLength(mutants.length);
      const inOrder = mutants.flatMap(({ id }) => killings.filter(({ mutant }) => mutant.id === id));
      expect(readFileSync(page, 'utf8')).toContain(killTable(inOrder));
    });
  });
}

/** What does nothing passes no MUST. */
export function describeNothing<Nothing extends Named>(
  what: string,
  nothings: readonly Nothing[],
  caseCount: number,
  limitMs: number,
  run: (nothing: Nothing) => Promise<readonly CaseResult[]>,
): void {
  describe.concurrent(`${what} that does nothing`, () => {
    it.each([...nothings])(
      '$id passes no MUST: it $title',
      async (nothing) => {
        const results = await run(nothing);
        expect(results.length).toBeGreaterThanOrEqual(caseCount);
        expect(results.filter(({ level, status }) => level === 'MUST' && status === 'pass')).toEqual([]);
        expect(verdictOf(results)).toBe('non-conformant');
      },
      limitMs,
    );
  });
}

/** What does otherwise only what may be done so passes everything. */
export function describeVariants<Variant extends Named>(
  what: string,
  variants: readonly Variant[],
  caseCount: number,
  limitMs: number,
  run: (variant: Variant) => Promise<readonly CaseResult[]>,
): void {
  describe.concurrent(`${what} that does otherwise what may be done so`, () => {
    it.each([...variants])(
      '$id passes every case: it $title',
      async (variant) => {
        const results = await run(variant);
        expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
        expect(results.length).toBeGreaterThanOrEqual(caseCount);
      },
      limitMs,
    );
  });
}

/** A profile with all that its cases are tried on. */
export interface ProfileTests<Mutant extends Named, Nothing extends Named> {
  readonly profile: Profile;
  /** The reference without its article, as in "the reference adapter for slides". */
  readonly reference: string;
  /** Any of its kind, as in "an adapter for slides". */
  readonly any: string;
  /** It has a face towards the contract, so that the cases of every adapter are asked of it, too. */
  readonly isAdapter: boolean;
  readonly mutants: readonly Mutant[];
  readonly variants: readonly Mutant[];
  readonly nothings: readonly Nothing[];
  readonly limitMs: number;
  /** @param store folder that outlives the tests */
  make(cases: readonly ConformanceCase[], store: string): ProfileSharpness<Mutant, Nothing>;
}

export interface ProfileSharpness<Mutant, Nothing> {
  reference(): Promise<CaseResult[]>;
  variant(variant: Mutant): Promise<CaseResult[]>;
  nothing(nothing: Nothing): Promise<CaseResult[]>;
  kill(mutant: Mutant): Promise<Killing>;
  asAdapter?(all: readonly ConformanceCase[], store: string): Promise<CaseResult[]>;
}

/** The reference passes every case, what may be done otherwise does, what does nothing passes no MUST, and mutants die. */
export function describeProfile<Mutant extends Named, Nothing extends Named>(
  tests: ProfileTests<Mutant, Nothing>,
): void {
  const { profile, reference, any, limitMs } = tests;
  const cases = loadCases().filter((one) => one.profile === profile);
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  let sharpness: ProfileSharpness<Mutant, Nothing>;

  beforeAll(() => {
    sharpness = tests.make(cases, store);
  });
  afterAll(() => rmSync(store, { recursive: true, force: true }));

  describe(`the ${reference}`, () => {
    it(
      'passes every case, and each with evidence',
      async () => {
        const results = await sharpness.reference();
        expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
        expect(results.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
        expect(results.length).toBeGreaterThanOrEqual(cases.length);
        expect(verdictOf(results)).toBe('conformant');
      },
      limitMs,
    );

    if (!tests.isAdapter) return;
    it(
      'passes every case of any adapter that its platform has a place for',
      async () => {
        const results = (await sharpness.asAdapter?.(loadCases(), join(store, 'models'))) ?? [];
        const unjudged = results.filter(({ status }) => status === 'notApplicable');
        expect(results.filter(({ status }) => status !== 'pass' && status !== 'notApplicable')).toEqual([]);
        expect(results.length - unjudged.length).toBeGreaterThan(15);
      },
      limitMs,
    );
  });

  describeVariants(any, tests.variants, cases.length, limitMs, (variant) => sharpness.variant(variant));
  describeNothing(any, tests.nothings, cases.length, limitMs, (nothing) => sharpness.nothing(nothing));
  describeMutants({
    ...{ subject: reference, cases, mutants: tests.mutants, limitMs },
    kill: (mutant) => sharpness.kill(mutant),
  });
}
