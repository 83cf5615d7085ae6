import type { PlannedCase } from '../cases/case-types.js';
import type { Verdict } from '../report/verdict.js';
import { SUITE_MODELS } from './catalogue.js';

/** Asked about after every case: without it, nothing can be judged. */
export const INDISPENSABLE_MODEL = 'conformance-matmul';

const NAMES = new Set(SUITE_MODELS.map(({ name }) => name));

/** Models of the suite that a case names anywhere in its steps; without repetition. */
export function modelsOf({ steps }: PlannedCase): string[] {
  return [...new Set(textsIn(steps).filter((text) => NAMES.has(text)))];
}

/** Verdict over a target that serves only some of the suite's models: partial at best. */
export function verdictOverSome(verdict: Verdict, missingModels: readonly string[]): Verdict {
  return verdict === 'conformant' && missingModels.length > 0 ? 'partial' : verdict;
}

/** Why a target that serves only some models cannot be judged even so; undefined if it can. */
export function tooFewModels(missingModels: readonly string[]): string | undefined {
  if (!missingModels.includes(INDISPENSABLE_MODEL)) return undefined;
  return `it does not serve ${INDISPENSABLE_MODEL}, about which it is asked after every case`;
}

function textsIn(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  if (typeof part !== 'object' || part === null) return [];
  return Object.values(part).flatMap(textsIn);
}
