import type { TimeSpan } from './time-span.js';

const DAY_MS = 86_400_000;

/** Clocks of a hospital differ; what is dated later than this cannot have been measured yet. */
const CLOCK_LEEWAY_MS = 5 * 60_000;

/** Something with a time, if it states one. */
export interface Dated {
  readonly span?: TimeSpan;
}

/** Those that are not too old; or why there are none, as the end of a sentence. */
export function recentOnes<T extends Dated>(
  all: readonly T[],
  maximumAgeDays: number | undefined,
  now: Date,
): readonly T[] | { readonly why: 'out-of-range' | 'stale'; readonly says: string } {
  if (all.some(({ span }) => span !== undefined && span.fromMs > now.getTime() + CLOCK_LEEWAY_MS)) {
    return { why: 'out-of-range', says: 'is dated in the future' };
  }
  if (maximumAgeDays === undefined) return all;
  const earliestMs = now.getTime() - maximumAgeDays * DAY_MS;
  const recent = all.filter(({ span }) => span !== undefined && span.fromMs >= earliestMs);
  if (recent.length > 0) return recent;
  return { why: 'stale', says: `is older than ${maximumAgeDays} days, or has no date` };
}

/** Those that nothing is surely later (or earlier) than; all, if that cannot be told. */
export function atTheEnd<T extends Dated>(all: readonly T[], how: 'latest' | 'earliest'): readonly T[] {
  if (all.length === 1 || all.some(({ span }) => span === undefined)) return all;
  const spans = all.map(({ span }) => span as TimeSpan);
  const edge = how === 'latest' ? Math.max(...spans.map((s) => s.fromMs)) : Math.min(...spans.map((s) => s.toMs));
  return all.filter(({ span }) => {
    const { fromMs, toMs } = span as TimeSpan;
    return how === 'latest' ? toMs >= edge : fromMs <= edge;
  });
}
