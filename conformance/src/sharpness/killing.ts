import type { CaseResult } from '../run/case-result.js';
import type { Mutant } from './mutants/index.js';

export interface Killing {
  readonly mutant: Pick<Mutant, 'id' | 'title'>;
  /** Ids of the cases that name the mutant, by what became of them. */
  readonly killedBy: readonly string[];
  readonly survived: readonly string[];
}

/** Whether a case found its target at fault. */
export const isWrong = ({ status }: CaseResult): boolean => status === 'fail' || status === 'warn';

/**
 * What became of a mutant.
 *
 * @param results of each case that names it, by the case's id
 */
export function toKilling(
  mutant: Killing['mutant'],
  results: readonly (readonly [id: string, results: readonly CaseResult[]])[],
): Killing {
  const killedBy: string[] = [];
  const survived: string[] = [];
  for (const [id, own] of results) {
    // A fault of the suite kills nothing.
    const isKilled = own.some(isWrong) && own.every(({ status }) => status !== 'error');
    (isKilled ? killedBy : survived).push(id);
  }
  return { mutant, killedBy, survived };
}
