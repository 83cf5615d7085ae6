import { createHash } from 'node:crypto';
import { arch, cpus, platform } from 'node:os';
import type { ConformanceCase, Profile } from '../cases/case-types.js';
import type { NumericProfile } from '../compare/compare-numbers.js';
import { verdictOverSome } from '../models/partial-models.js';
import type { CaseResult } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import { SUITE_VERSION } from '../version.js';
import { type Verdict, verdictOf } from './verdict.js';

/** What a run found, as report.json has it; schema in schemas/report.schema.json. */
export interface SuiteReport {
  readonly schemaVersion: 1;
  readonly suite: { readonly version: string; readonly contract: string; readonly caseSetSha256: string };
  readonly target: { readonly name: string; readonly version: string; readonly engine: string };
  readonly claim: { readonly profiles: readonly Profile[]; readonly numericProfile: NumericProfile };
  readonly environment: {
    readonly platform: string;
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    readonly timeScale: number;
    readonly timeoutsMs: Readonly<Record<string, number>>;
  };
  readonly verdict: Verdict;
  readonly counts: Readonly<Record<string, number>>;
  /** Models of the suite that the target does not serve, if it was allowed to serve only some. */
  readonly missingModels?: readonly string[];
  readonly results: readonly CaseResult[];
}

export interface ReportInput {
  readonly cases: readonly ConformanceCase[];
  readonly results: readonly CaseResult[];
  readonly target: SuiteReport['target'];
  readonly profiles: readonly Profile[];
  readonly numericProfile: NumericProfile;
  readonly timeScale?: number;
  readonly missingModels?: readonly string[];
}

export function suiteReport({
  cases,
  results,
  target,
  profiles,
  numericProfile,
  timeScale = 1,
  missingModels = [],
}: ReportInput): SuiteReport {
  const counts: Record<string, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return {
    schemaVersion: 1,
    suite: { version: SUITE_VERSION, contract: 'v1', caseSetSha256: caseSetSha256(cases) },
    target,
    claim: { profiles, numericProfile },
    environment: {
      platform: `${platform()} ${arch()}`,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      node: process.versions.node,
      timeScale,
      timeoutsMs: TIMEOUTS_MS,
    },
    verdict: verdictOverSome(verdictOf(results), missingModels),
    counts,
    ...(missingModels.length > 0 && { missingModels }),
    results,
  };
}

/** The same for the same cases, whatever file they stand in. */
export function caseSetSha256(cases: readonly ConformanceCase[]): string {
  return createHash('sha256').update(JSON.stringify(cases)).digest('hex');
}
