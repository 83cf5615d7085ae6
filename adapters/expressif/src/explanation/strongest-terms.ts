import type { OutputEvaluation } from '../engine/evaluation.js';
import { isSameDegree } from './same-degree.js';

/** The terms that are concluded to the highest degree. @returns none where nothing is */
export function strongestTerms(degrees: ReadonlyMap<string, number>): string[] {
  const highest = Math.max(0, ...[...degrees.values()].filter(Number.isFinite));
  if (highest === 0) return [];
  return [...degrees].filter(([, degree]) => isSameDegree(degree, highest)).map(([term]) => term);
}

/** Whether a premise that is not known keeps the degrees of an output from being known: its rule is then named. */
export const isUnknown = (output: OutputEvaluation): boolean =>
  output.status === 'indeterminate' && output.rule !== undefined;
