import { premisesOf } from '../engine/check-knowledge-base.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import type { ActiveRules } from './active-rules.js';

/** The inputs that the rules of each output ask for, through other outputs as well. */
export function inputsOfOutputs({ outputs }: KnowledgeBase, { rules }: ActiveRules): Map<string, ReadonlySet<string>> {
  const found = new Map(outputs.map(({ name }) => [name, new Set<string>()] as const));
  // Rules come after those that conclude what they ask for.
  for (const { rule } of rules) {
    const asked = [...premisesOf(rule.antecedent)].flatMap(({ variable }) => [...(found.get(variable) ?? [variable])]);
    for (const { variable } of rule.consequents) for (const input of asked) found.get(variable)?.add(input);
  }
  return found;
}
