import type { KnowledgeBase, Proposition, Rule, RuleBlock } from '../knowledge-base.js';
import { type AntecedentForm, formOf, PremiseNumbers } from './antecedent-form.js';

/** A rule that can count: enabled, in an enabled block, with a weight. */
export type ActiveRule = {
  readonly rule: Rule;
  readonly block: RuleBlock;
  readonly form: AntecedentForm;
};

export type ActiveRules = {
  /** In the order of the rule base. */
  readonly rules: readonly ActiveRule[];
  /** By their numbers in the rules' forms. */
  readonly premises: readonly Proposition[];
};

export function activeRulesOf({ ruleBlocks }: KnowledgeBase): ActiveRules {
  const numbers = new PremiseNumbers();
  const rules = ruleBlocks
    .filter(({ enabled }) => enabled)
    .flatMap((block) =>
      block.rules
        .filter(({ enabled, weight }) => enabled && weight > 0)
        .map((rule) => ({ rule, block, form: formOf(rule.antecedent, block, (premise) => numbers.of(premise)) })),
    );
  return { rules, premises: numbers.premises };
}

/** Items by a text that they share, in the order in which they come. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
