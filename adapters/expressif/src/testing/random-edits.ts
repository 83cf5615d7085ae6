import type { RuleChange } from '../live/rule-change.js';
import { pick, type Random, type RuleLines, randomRule } from './random-rules.js';

/** A change by chance, made in the lines, too. Undefined where there is no rule to change. */
export function randomChange(random: Random, lines: RuleLines, newId: string): RuleChange | undefined {
  const stage = Math.floor(random() * lines.blocks.length);
  const block = lines.blocks[stage] as RuleLines['blocks'][number];
  const text = randomRule(random, stage);
  if (random() < 0.35 || block.rules.length === 0) {
    const before = random() < 0.5 && block.rules.length > 0 ? pick(random, block.rules).id : undefined;
    const at = before === undefined ? block.rules.length : block.rules.findIndex(({ id }) => id === before);
    block.rules.splice(at, 0, { id: newId, text, weight: 1, enabled: true });
    return { kind: 'add', block: block.name, rule: { id: newId, text }, ...(before === undefined ? {} : { before }) };
  }
  const rule = pick(random, block.rules);
  const { id } = rule;
  switch (pick(random, ['change', 'remove', 'enable', 'disable', 'set-weight'] as const)) {
    case 'change':
      Object.assign(rule, { text, weight: 0.5 });
      return { kind: 'change', rule: { id, text: `${text} with 0.5` } };
    case 'remove':
      block.rules.splice(block.rules.indexOf(rule), 1);
      return { kind: 'remove', id };
    case 'enable':
      rule.enabled = true;
      return { kind: 'enable', id };
    case 'disable':
      rule.enabled = false;
      return { kind: 'disable', id };
    case 'set-weight':
      rule.weight = Math.round(random() * 1000) / 1000;
      return { kind: 'set-weight', id, weight: rule.weight };
  }
}
