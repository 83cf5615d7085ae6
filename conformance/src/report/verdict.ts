import type { CaseResult, CaseStatus } from '../run/case-result.js';

export type Verdict = 'conformant' | 'partial' | 'non-conformant' | 'error';

/** 2 is a fault of the suite or of the way to the target; 4, bad usage, is the command's. */
export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  conformant: 0,
  'non-conformant': 1,
  error: 2,
  partial: 3,
};

const AGAINST: readonly CaseStatus[] = ['fail', 'unexpectedPass', 'notRun'];

/** A failed MUST outweighs everything, then a fault of the suite, then what was not judged. */
export function verdictOf(results: readonly CaseResult[]): Verdict {
  const musts = results.filter(({ level }) => level === 'MUST');
  if (musts.some(({ status }) => AGAINST.includes(status))) return 'non-conformant';
  if (results.some(({ status }) => status === 'error')) return 'error';
  // Nothing was judged: that is no success.
  if (!musts.some(({ status }) => status === 'pass')) return 'partial';
  return musts.some(({ status }) => status === 'skipped' || status === 'knownFail') ? 'partial' : 'conformant';
}
