import type { Antecedent, KnowledgeBase, Rule } from '../knowledge-base.js';

/** Premises to leave out: positions by the ids of their rules. */
export type Omission = ReadonlyMap<string, ReadonlySet<number>>;

/** The rule base as if some premises had not been written; a rule that loses all of them is left out. */
export function withoutPremises(knowledgeBase: KnowledgeBase, omission: Omission): KnowledgeBase {
  return mapRules(knowledgeBase, (rule) => {
    const omitted = omission.get(rule.id);
    if (omitted === undefined) return [rule];
    const antecedent = prune(rule.antecedent, omitted);
    return antecedent === undefined ? [] : [{ ...rule, antecedent }];
  });
}

/**
 * The rule base with its sets sampled once: the degrees of its conclusions are the same, its values are not. For
 * where only the degrees are asked for.
 */
export function degreesOnly(knowledgeBase: KnowledgeBase): KnowledgeBase {
  return {
    ...knowledgeBase,
    outputs: knowledgeBase.outputs.map((output) =>
      output.defuzzifier?.kind === 'integral'
        ? { ...output, defuzzifier: { ...output.defuzzifier, resolution: 1 } }
        : output,
    ),
  };
}

function mapRules(knowledgeBase: KnowledgeBase, change: (rule: Rule) => Rule[]): KnowledgeBase {
  const ruleBlocks = knowledgeBase.ruleBlocks.map((block) => ({ ...block, rules: block.rules.flatMap(change) }));
  return { ...knowledgeBase, ruleBlocks };
}

function prune(antecedent: Antecedent, omitted: ReadonlySet<number>): Antecedent | undefined {
  let position = 0;
  const keep = (part: Antecedent): Antecedent | undefined => {
    if (part.kind === 'is') {
      position += 1;
      return omitted.has(position) ? undefined : part;
    }
    const left = keep(part.left);
    const right = keep(part.right);
    return left === undefined || right === undefined ? (left ?? right) : { kind: part.kind, left, right };
  };
  return keep(antecedent);
}
