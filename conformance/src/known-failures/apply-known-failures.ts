import type { CaseResult, CaseStatus } from '../run/case-result.js';
import { dayOf, isExpired, type KnownFailure, nameOfEntry } from './known-failures.js';

const FAILED: readonly CaseStatus[] = ['fail', 'warn'];

/**
 * What becomes of results that are known to fail: `knownFail` where an entry says so, `unexpectedPass` where its case
 * passes, and still `fail` where the entry has expired or the case fails otherwise than it says.
 */
export function applyKnownFailures(
  results: readonly CaseResult[],
  known: readonly KnownFailure[],
  today: string = dayOf(Date.now()),
): CaseResult[] {
  const spent = new Set(known.filter((entry) => results.some((one) => covers(entry, one) && fails(one))));
  return results.map((result) => {
    // One for this very run of the case comes before one for all of them.
    const entry =
      known.find((one) => one.params !== undefined && covers(one, result)) ?? known.find((one) => covers(one, result));
    if (entry === undefined) return result;
    if (result.status === 'pass' && entry.flaky !== true && !spent.has(entry)) {
      const detail = `it is in the known failures as ${nameOfEntry(entry)}, and passes: remove the entry`;
      return { ...result, status: 'unexpectedPass', detail };
    }
    return fails(result) ? knownResult(result, entry, today) : result;
  });
}

function knownResult(result: CaseResult, entry: KnownFailure, today: string): CaseResult {
  if (isExpired(entry, today)) {
    return { ...result, detail: `${result.detail} (known, but the entry expired on ${entry.expires})` };
  }
  if (!failsAsExpected(result, entry)) {
    return { ...result, detail: `${result.detail} (known to fail, but otherwise: ${expected(entry)})` };
  }
  return {
    ...result,
    status: 'knownFail',
    issue: entry.issue,
    detail: `known: ${entry.reason} (${entry.issue}); ${result.detail}`,
  };
}

export function covers({ id, params }: KnownFailure, result: CaseResult): boolean {
  return id === result.id && (params === undefined || params === result.parameters);
}

function fails({ status }: CaseResult): boolean {
  return FAILED.includes(status);
}

/** What a failed case says holds the status that came and the words of the target. */
function failsAsExpected({ detail }: CaseResult, { expect = {} }: KnownFailure): boolean {
  const { code, message } = expect;
  const hasCode = code === undefined || new RegExp(`\\bgot ${code}\\b`).test(detail);
  return hasCode && (message === undefined || detail.includes(message));
}

function expected({ expect = {} }: KnownFailure): string {
  const { code, message } = expect;
  return [code === undefined ? [] : `with ${code}`, message === undefined ? [] : `saying "${message}"`]
    .flat()
    .join(', ');
}
