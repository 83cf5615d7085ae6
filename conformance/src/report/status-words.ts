import type { CaseStatus } from '../run/case-result.js';
import type { Verdict } from './verdict.js';

/** A verdict in words for people. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  conformant: 'Conformant',
  partial: 'Partly judged',
  'non-conformant': 'Not conformant',
  error: 'No verdict',
};

/** What a status means, in half a sentence. */
export const STATUS_WORDS: Readonly<Record<CaseStatus, string>> = {
  pass: 'passed',
  fail: 'failed',
  warn: 'a SHOULD does not hold',
  unsupported: 'the target does not offer the feature',
  notApplicable: 'does not apply',
  skipped: 'left out',
  knownFail: 'fails, as is known',
  unexpectedPass: 'known to fail, and passes',
  inconclusive: 'nothing can be said',
  error: 'the suite itself failed',
  notRun: 'not run',
};

/** Against a target, or against the suite. */
export const WRONG: readonly CaseStatus[] = ['fail', 'unexpectedPass', 'notRun', 'error', 'warn'];
/** Neither for nor against it. */
export const UNJUDGED: readonly CaseStatus[] = ['unsupported', 'notApplicable', 'skipped', 'knownFail', 'inconclusive'];

/** `3 fail · 120 pass`, what is wrong first. */
export function countsInWords(counts: Readonly<Record<string, number>>): string {
  const order = [...WRONG, ...UNJUDGED, 'pass'] as const;
  return order
    .filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => `${counts[status]} ${status}`)
    .join(' · ');
}

const COUNTED: Readonly<Record<CaseStatus, string>> = {
  pass: 'passed',
  fail: 'failed',
  warn: 'with a warning',
  unsupported: 'of features that are not offered',
  notApplicable: 'not applicable',
  skipped: 'left out',
  knownFail: 'known to fail',
  unexpectedPass: 'known to fail and passing',
  inconclusive: 'undecided',
  error: 'errors of the suite',
  notRun: 'not run',
};

/** `120 passed, 3 failed`, for readers who do not know the statuses. */
export function countsForReaders(counts: Readonly<Record<string, number>>): string {
  const order = ['pass', ...WRONG, ...UNJUDGED] as const;
  const said = order.flatMap((status) => ((counts[status] ?? 0) > 0 ? [`${counts[status]} ${COUNTED[status]}`] : []));
  return said.length === 0 ? 'no case' : said.join(', ');
}
