import { createHash } from 'node:crypto';
import { parse, stringify } from 'yaml';
import type { ConformanceCase } from '../cases/case-types.js';

/** What is known of an id since it was given: an id is never given to another case. */
export interface LockedId {
  readonly slug: string;
  /** Suite version that had it first. */
  readonly since: string;
  /** SHA-256 of level and normative text. */
  readonly sha256: string;
  /** Of a case that is gone: the version that had it no more, and why. */
  readonly tombstone?: { readonly since: string; readonly why: string };
}

export type IdsLock = Readonly<Record<string, LockedId>>;

/** Digest of what a case demands; line breaks and indentation do not count. */
export function normativeDigest({ level, text }: Pick<ConformanceCase, 'level' | 'text'>): string {
  return createHash('sha256')
    .update(`${level} ${text.replace(/\s+/g, ' ').trim()}`)
    .digest('hex');
}

/** The lock as it should be: every case as it is now, and the tombstones as they were. */
export function lockOf(cases: readonly ConformanceCase[], before: IdsLock): IdsLock {
  const kept = Object.entries(before).filter(([, { tombstone }]) => tombstone !== undefined);
  const present = cases.map((one): [string, LockedId] => [
    one.id,
    { slug: one.slug, since: before[one.id]?.since ?? one.since, sha256: normativeDigest(one) },
  ]);
  return Object.fromEntries([...kept, ...present].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What may not be: an id that is gone without a tombstone, or one with a tombstone that is used again. */
export function brokenIds(cases: readonly ConformanceCase[], before: IdsLock): string[] {
  const used = new Set(cases.map(({ id }) => id));
  return Object.entries(before).flatMap(([id, { slug, tombstone }]) => {
    if (tombstone === undefined && !used.has(id)) return [`${id} (${slug}) is gone without a tombstone`];
    if (tombstone !== undefined && used.has(id)) return [`${id} (${slug}) was retired, and is used again`];
    return [];
  });
}

/** Ids whose text or level is another one than the lock holds. */
export function changedTexts(cases: readonly ConformanceCase[], before: IdsLock): string[] {
  return cases
    .filter((one) => before[one.id] !== undefined && before[one.id]?.sha256 !== normativeDigest(one))
    .map(({ id }) => id);
}

export function parseIdsLock(yaml: string): IdsLock {
  return (parse(yaml) ?? {}) as IdsLock;
}

export function formatIdsLock(lock: IdsLock): string {
  return `# Ids that were given, and what they demand. Written by conformance/bin/write-requirements.mjs; a case that goes gets a tombstone by hand.\n${stringify(lock, { lineWidth: 0 })}`;
}
