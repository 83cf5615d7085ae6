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
