import type { Antecedent } from '../knowledge-base.js';

/** Whether premises are joined by a connective anywhere in an antecedent. */
export function hasConnective(antecedent: Antecedent, kind: 'and' | 'or'): boolean {
  if (antecedent.kind === 'is') return false;
  return antecedent.kind === kind || hasConnective(antecedent.left, kind) || hasConnective(antecedent.right, kind);
}
