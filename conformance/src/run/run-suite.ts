import type { ConformanceCase, Profile } from '../cases/case-types.js';
import { planCase } from '../cases/load-cases.js';
import type { CaseResult } from './case-result.js';
import { type RunOptions, runCase } from './run-case.js';

export interface SuiteOptions extends RunOptions {
  readonly cases: readonly ConformanceCase[];
  /** Profiles that the target claims. */
  readonly profiles: readonly Profile[];
  /** Only these ids, if given; the others are skipped. */
  readonly only?: readonly string[];
  onResult?(result: CaseResult): void;
}

/** Runs every case of the claimed profiles, one after the other, in the order of their ids. */
export async function runSuite({ cases, profiles, only, onResult, ...options }: SuiteOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases
    .filter(({ profile }) => profiles.includes(profile))
    .flatMap((each) => planCase(each, cases))) {
    const isSkipped = only !== undefined && !only.includes(one.id);
    const result: CaseResult = isSkipped
      ? { ...one, status: 'skipped', durationMs: 0, evidence: [], detail: 'not asked for' }
      : await runCase(one, options);
    results.push(result);
    onResult?.(result);
  }
  return results;
}
