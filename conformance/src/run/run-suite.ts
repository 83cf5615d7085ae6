import type { ConformanceCase, PlannedCase, Profile } from '../cases/case-types.js';
import { planCase } from '../cases/load-cases.js';
import { modelsOf } from '../models/partial-models.js';
import type { CaseResult, CaseStatus } from './case-result.js';
import { type RunOptions, runCase } from './run-case.js';

export interface SuiteOptions extends RunOptions {
  readonly cases: readonly ConformanceCase[];
  /** Profiles that the target claims. */
  readonly profiles: readonly Profile[];
  /** Only these ids, if given; the others are skipped. */
  readonly only?: readonly string[];
  /** Models of the suite that the target does not serve, and need not: their cases are not applicable. */
  readonly missingModels?: readonly string[];
  onResult?(result: CaseResult): void;
}

/** Runs every case of the claimed profiles, one after the other, in the order of their ids. */
export async function runSuite(suite: SuiteOptions): Promise<CaseResult[]> {
  const { cases, profiles, only, missingModels = [], onResult, ...options } = suite;
  const results: CaseResult[] = [];
  for (const one of cases.filter(({ profile }) => profiles.includes(profile)).flatMap(planCase)) {
    const isSkipped = only !== undefined && !only.includes(one.id);
    const unserved = modelsOf(one).filter((model) => missingModels.includes(model));
    let result: CaseResult;
    if (isSkipped) result = notJudged(one, 'skipped', 'not asked for');
    else if (unserved.length > 0) result = notJudged(one, 'notApplicable', `it does not serve ${unserved.join(', ')}`);
    else result = await runCase(one, options);
    results.push(result);
    onResult?.(result);
  }
  return results;
}

function notJudged(one: PlannedCase, status: CaseStatus, detail: string): CaseResult {
  const { id, parameters, slug, level, requirement } = one;
  return { id, parameters, slug, level, requirement, status, durationMs: 0, evidence: [], detail };
}
