import type { Profile } from '../cases/case-types.js';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import type { Ending } from '../run/run-suite.js';

export type Verdict = 'conformant' | 'partial' | 'non-conformant' | 'error';

/** 2 is a fault of the suite or of the way to the target; 4, bad usage, is the command's. */
export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  conformant: 0,
  'non-conformant': 1,
  error: 2,
  partial: 3,
};

const AGAINST: readonly CaseStatus[] = ['fail', 'unexpectedPass'];
const NOT_JUDGED: readonly CaseStatus[] = ['skipped', 'knownFail', 'inconclusive'];
const NOBODYS_FAULT: readonly Ending['how'][] = ['interrupted', 'limit'];

/**
 * A failed MUST outweighs everything, then a fault of the suite, then what was not judged. Cases that were not run
 * since the target was lost are held against it; if the run was ended by somebody, nothing can be said.
 */
export function verdictOf(results: readonly CaseResult[], how: Ending['how'] = 'targetLost'): Verdict {
  const counted = results.filter(({ provisional }) => provisional !== true);
  const musts = counted.filter(({ level }) => level === 'MUST');
  if (musts.some(({ status }) => AGAINST.includes(status))) return 'non-conformant';
  if (musts.some(({ status }) => status === 'notRun')) return NOBODYS_FAULT.includes(how) ? 'error' : 'non-conformant';
  if (counted.some(({ status }) => status === 'error')) return 'error';
  // Nothing was judged: that is no success.
  if (!musts.some(({ status }) => status === 'pass')) return 'partial';
  return musts.some(({ status }) => NOT_JUDGED.includes(status)) ? 'partial' : 'conformant';
}

export interface ProfileVerdict {
  readonly profile: Profile;
  readonly verdict: Verdict;
  readonly counts: Readonly<Record<string, number>>;
}

/** The verdict on each profile that a target claims, for one that keeps some of them. */
export function verdictByProfile(
  results: readonly CaseResult[],
  profiles: readonly Profile[],
  how: Ending['how'] = 'targetLost',
): ProfileVerdict[] {
  return profiles.map((profile) => {
    const some = results.filter((result) => result.profile === profile);
    return { profile, verdict: verdictOf(some, how), counts: countsOf(some) };
  });
}

/** How many results there are of each status, those that do not count yet left out. */
export function countsOf(results: readonly CaseResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, provisional } of results) {
    if (provisional !== true) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

const WORST_FIRST: readonly Verdict[] = ['non-conformant', 'error', 'partial', 'conformant'];

/** The worst of them: a profile that is claimed and of which nothing was judged leaves no green. */
export function overallVerdict(verdicts: readonly ProfileVerdict[]): Verdict {
  return WORST_FIRST.find((verdict) => verdicts.some((one) => one.verdict === verdict)) ?? 'partial';
}
