import { areaOf } from '../run/select-cases.js';
import type { ReportedResult } from './suite-report.js';

/** The results of one area, `ERR` of `DH-ERR-004`. */
export interface Area {
  readonly area: string;
  readonly results: readonly ReportedResult[];
  readonly passed: number;
  /** Runs that were judged, or should have been. */
  readonly judged: number;
}

const NOT_TO_BE_JUDGED: readonly string[] = ['notApplicable', 'unsupported', 'skipped'];

/** In the order of their first cases. */
export function areasOf(results: readonly ReportedResult[]): Area[] {
  return grouped(results, ({ id }) => [areaOf(id).replace(/^DH-/, '')]).map(([area, some]) => {
    const counted = some.filter(({ provisional }) => provisional !== true);
    return {
      area,
      results: some,
      passed: counted.filter(({ status }) => status === 'pass').length,
      judged: counted.filter(({ status }) => !NOT_TO_BE_JUDGED.includes(status)).length,
    };
  });
}

export function grouped<T>(all: readonly T[], keysOf: (one: T) => readonly string[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    for (const key of keysOf(one)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
  }
  return [...groups];
}

/** Runs of one case that went wrong in the same way: they are told once. */
export function alike(results: readonly ReportedResult[]): readonly (readonly [ReportedResult, ...ReportedResult[]])[] {
  return grouped(results, ({ id, status, detail }) => [`${id} ${status} ${detail}`]).map(
    ([, some]) => some as [ReportedResult, ...ReportedResult[]],
  );
}
