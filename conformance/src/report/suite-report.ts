import { createHash } from 'node:crypto';
import type { ConformanceCase, Profile } from '../cases/case-types.js';
import type { NumericProfile } from '../compare/compare-numbers.js';
import { compareFeatures, type FeatureComparison } from '../declaration/compare-features.js';
import type { Declaration, Implementation } from '../declaration/declaration.js';
import type { KnownFailure } from '../known-failures/known-failures.js';
import { verdictOverSome } from '../models/partial-models.js';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import type { DescribedTarget } from '../run/describe-target.js';
import type { Ending } from '../run/run-suite.js';
import { SUITE_VERSION } from '../version.js';
import { type Environment, environmentOf } from './environment.js';
import { transcriptSha256 } from './transcript.js';
import { countsOf, overallVerdict, type ProfileVerdict, type Verdict, verdictByProfile } from './verdict.js';

/** What a run found, as report.json has it; schema in schemas/report.schema.json. */
export interface SuiteReport {
  readonly schemaVersion: 1;
  readonly suite: { readonly version: string; readonly contract: string; readonly caseSetSha256: string };
  /** As its vendor declares it, if a declaration was given. */
  readonly implementation?: Implementation;
  readonly target: DescribedTarget & {
    readonly contractVersions: readonly string[];
    readonly executionProviders: readonly string[];
  };
  readonly claim: { readonly profiles: readonly Profile[]; readonly numericProfile: NumericProfile };
  readonly features: readonly FeatureComparison[];
  readonly environment: Environment;
  readonly ending: Ending;
  readonly verdict: Verdict;
  /** Of each profile that is claimed. */
  readonly verdicts: readonly ProfileVerdict[];
  readonly counts: Readonly<Record<string, number>>;
  /** Of cases that are shown and do not count yet. */
  readonly provisional: number;
  readonly knownFailures: readonly KnownFailure[];
  /** The command that does it again. */
  readonly rerun: string;
  /** SHA-256 of transcript.ndjson. */
  readonly transcriptSha256: string;
  /** Models of the suite that the target does not serve, if it was allowed to serve only some. */
  readonly missingModels?: readonly string[];
  readonly results: readonly ReportedResult[];
}

export type ReportedResult = Omit<CaseResult, 'exchanges'> & {
  /** The command that runs this case again, where it went wrong. */
  readonly rerun?: string;
};

export interface ReportInput {
  readonly cases: readonly ConformanceCase[];
  readonly results: readonly CaseResult[];
  readonly ending?: Ending;
  readonly target: DescribedTarget & Partial<SuiteReport['target']>;
  /** What the target names in GetServerInfo. */
  readonly observed?: ReadonlySet<string>;
  readonly declaration?: Declaration;
  readonly knownFailures?: readonly KnownFailure[];
  readonly profiles: readonly Profile[];
  readonly numericProfile: NumericProfile;
  /** The command that was given, without a selection of cases. */
  readonly rerun: string;
  readonly timeScale?: number;
  /** Default `plain text`. */
  readonly transport?: string;
  readonly isLaunched?: boolean;
  readonly missingModels?: readonly string[];
}

const WRONG: readonly CaseStatus[] = ['fail', 'warn', 'unexpectedPass', 'knownFail', 'inconclusive', 'error', 'notRun'];
const COMPLETE: Ending = { how: 'complete', detail: '' };

/** What a run found as a report of the schema, ready to be written. */
export function suiteReport({
  cases,
  results,
  ending = COMPLETE,
  target,
  observed = new Set(),
  declaration,
  knownFailures = [],
  profiles,
  numericProfile,
  rerun,
  timeScale = 1,
  transport = 'plain text',
  isLaunched = false,
  missingModels = [],
}: ReportInput): SuiteReport {
  const verdicts = verdictByProfile(results, profiles, ending.how).map((one) => ({
    ...one,
    verdict: verdictOverSome(one.verdict, missingModels),
  }));
  return {
    schemaVersion: 1,
    suite: { version: SUITE_VERSION, contract: 'v1', caseSetSha256: caseSetSha256(cases) },
    ...(declaration !== undefined && { implementation: declaration.implementation }),
    target: { contractVersions: [], executionProviders: [], ...target },
    claim: { profiles, numericProfile },
    features: compareFeatures(declaration?.features, observed),
    environment: environmentOf({ transport, isLaunched, timeScale }),
    ending,
    verdict: overallVerdict(verdicts),
    verdicts,
    counts: countsOf(results),
    provisional: results.filter(({ provisional }) => provisional === true).length,
    knownFailures,
    rerun,
    ...(missingModels.length > 0 && { missingModels }),
    transcriptSha256: transcriptSha256(results),
    results: results.map((result) => reported(result, rerun)),
  };
}

/** Without the exchanges, which the transcript has, and with the command that does a case again that went wrong. */
function reported({ exchanges: _, ...result }: CaseResult, rerun: string): ReportedResult {
  return WRONG.includes(result.status) ? { ...result, rerun: rerunOf(rerun, result.id) } : result;
}

/** `--only` stands before the command of a target that is started. */
export function rerunOf(rerun: string, id: string): string {
  const [head, ...command] = rerun.split(' -- ');
  return [`${head} --only ${id} --trace`, ...command].join(' -- ');
}

/** The same for the same cases, whatever file they stand in. */
export function caseSetSha256(cases: readonly ConformanceCase[]): string {
  return createHash('sha256').update(JSON.stringify(cases)).digest('hex');
}
