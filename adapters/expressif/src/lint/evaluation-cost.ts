import type { KnowledgeBase } from '../knowledge-base.js';

/** Degrees computed for one evaluation, about: what the number of evaluations is limited by, since no clock is. */
export function evaluationCost({ outputs, ruleBlocks }: KnowledgeBase): number {
  const rules = ruleBlocks.reduce((sum, block) => sum + block.rules.length, 0);
  const samples = outputs.reduce(
    (sum, { defuzzifier }) => sum + (defuzzifier?.kind === 'integral' ? defuzzifier.resolution : 1),
    0,
  );
  // Of many rules, few fire at once.
  return 10 * rules + samples * Math.min(rules, 8 + rules / 20) + 1;
}
