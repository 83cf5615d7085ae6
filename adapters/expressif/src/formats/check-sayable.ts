import { checkKnowledgeBase } from '../engine/check-knowledge-base.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { hasConnective } from './antecedent-connectives.js';

/**
 * Refuses a rule base that cannot be evaluated before it is written: a format whose defaults stand in for what is
 * wanting would make it one that can.
 *
 * @throws DH_RULES_INCONSISTENT
 */
export function checkSayable(knowledgeBase: KnowledgeBase): void {
  checkKnowledgeBase(knowledgeBase);
  for (const { conjunction, disjunction, rules } of knowledgeBase.ruleBlocks) {
    for (const { id, antecedent } of rules) {
      if (conjunction === undefined && hasConnective(antecedent, 'and')) {
        throw inconsistent(`Rule ${id} joins premises by "and", and its block names no conjunction`);
      }
      if (disjunction === undefined && hasConnective(antecedent, 'or')) {
        throw inconsistent(`Rule ${id} joins premises by "or", and its block names no disjunction`);
      }
    }
  }
}
