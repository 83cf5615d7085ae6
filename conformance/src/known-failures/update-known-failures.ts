import { parseDocument, type YAMLMap, YAMLSeq } from 'yaml';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import { covers } from './apply-known-failures.js';
import { dayOf, FLAKY_DAYS, type KnownFailure } from './known-failures.js';

export interface KnownFailuresUpdate {
  /** The file as it should be; comments and order are kept. */
  readonly source: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const NOT_LOOKED_AT = 'new: nobody has looked at it yet';
const FAILED: readonly CaseStatus[] = ['fail', 'unexpectedPass', 'knownFail'];
const EMPTY = '# Failures that are known, each with its reason and the day on which it ends.\nknownFailures: []\n';

/**
 * A file of known failures brought up to date with a run: entries whose case passes go, and every MUST that fails and
 * is not in it comes, to be explained within thirty days. No entry lives longer by it: an expired one stays as it is.
 */
export function updateKnownFailures(
  source: string | undefined,
  results: readonly CaseResult[],
  today: string = dayOf(Date.now()),
): KnownFailuresUpdate {
  const document = parseDocument(source ?? EMPTY);
  const sequence = document.get('knownFailures');
  const list = sequence instanceof YAMLSeq ? (sequence as YAMLSeq<YAMLMap>) : new YAMLSeq<YAMLMap>();
  const entries = list.items.map((item) => item.toJSON() as KnownFailure);
  const stays = entries.map((entry) => entry.flaky === true || !passes(entry, results));
  list.items = list.items.filter((_, index) => stays[index]);
  const failing = results.filter(({ level, status }) => level === 'MUST' && FAILED.includes(status));
  const strangers = failing.filter(
    (result) => result.status !== 'unexpectedPass' && !entries.some((entry) => covers(entry, result)),
  );
  const expires = dayOf(Date.parse(today) + FLAKY_DAYS * 86_400_000);
  for (const { id, parameters } of strangers) {
    const params = parameters === '' ? {} : { params: parameters };
    list.add(document.createNode({ id, ...params, reason: NOT_LOOKED_AT, issue: 'none yet', expires }));
  }
  // `[]` of an empty list is no form for a long one.
  list.flow = list.items.length === 0;
  document.set('knownFailures', list);
  return {
    source: document.toString({ lineWidth: 0 }),
    added: strangers.map(({ id, parameters }) => (parameters === '' ? id : `${id}[${parameters}]`)),
    removed: entries.filter((_, index) => !stays[index]).map(({ id, params }) => (params ? `${id}[${params}]` : id)),
  };
}

/** Only what was run and passed: what was skipped says nothing. */
function passes(entry: KnownFailure, results: readonly CaseResult[]): boolean {
  const covered = results.filter((result) => covers(entry, result));
  return covered.length > 0 && covered.every(({ status }) => status === 'pass' || status === 'unexpectedPass');
}
