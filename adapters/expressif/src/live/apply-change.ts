import { parseRule } from '../formats/parse-rule.js';
import type { KnowledgeBase, Rule, RuleBlock } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { readRuleData, readRuleId, readWeight } from './read-rule-data.js';
import type { ResolvedChange, RuleChange, RuleText } from './rule-change.js';

/**
 * What a change comes to in a rule base: the rule as data, with its id.
 *
 * @param version that the rule base has once it is changed; the id of a rule that comes without one names it, so
 * that it is not one that another rule had before
 * @throws DH_RULES_MALFORMED or DH_RULES_INCONSISTENT
 */
export function resolveChange(knowledgeBase: KnowledgeBase, change: RuleChange, version: number): ResolvedChange {
  switch (change?.kind) {
    case 'add': {
      const { kind, block, before } = change;
      if (typeof block !== 'string') throw inconsistent('An addition names no rule block');
      const rule = toRule(change.rule, true, () => freeId(knowledgeBase, version));
      return { kind, block, rule, ...(before === undefined ? {} : { before: readRuleId(before) }) };
    }
    case 'change': {
      const before = findRule(knowledgeBase, change.rule?.id);
      const noId = (): string => {
        throw inconsistent('A change of a rule names no id');
      };
      return { kind: change.kind, rule: toRule(change.rule, before.enabled, noId) };
    }
    case 'set-weight':
      return { kind: change.kind, id: change.id, weight: readWeight(change.weight, readRuleId(change.id)) };
    case 'remove':
    case 'enable':
    case 'disable':
      return { kind: change.kind, id: readRuleId(change.id) };
    default:
      throw inconsistent('There is no such kind of change');
  }
}

/**
 * The rule base with one change. Names and order are not checked: that is for the whole of an edit.
 *
 * @throws DH_RULES_INCONSISTENT where the rule or the block is not there, or the id is taken
 */
export function applyChange(knowledgeBase: KnowledgeBase, change: ResolvedChange): KnowledgeBase {
  switch (change.kind) {
    case 'add':
      return addRule(knowledgeBase, change);
    case 'change':
      return replaceRule(knowledgeBase, change.rule.id, () => [change.rule]);
    case 'remove':
      return replaceRule(knowledgeBase, change.id, () => []);
    case 'enable':
    case 'disable':
      return replaceRule(knowledgeBase, change.id, (rule) => [{ ...rule, enabled: change.kind === 'enable' }]);
    case 'set-weight':
      return replaceRule(knowledgeBase, change.id, (rule) => [{ ...rule, weight: change.weight }]);
  }
}

function toRule(given: Rule | RuleText, isEnabled: boolean, idOf: () => string): Rule {
  if (typeof given !== 'object' || given === null || !('text' in given)) return readRuleData(given);
  if (typeof given.text !== 'string') throw inconsistent('The text of a rule is no text');
  const id = given.id === undefined ? idOf() : readRuleId(given.id);
  return { ...parseRule(given.text, { line: 1, column: 1 }, id), enabled: isEnabled };
}

function freeId(knowledgeBase: KnowledgeBase, version: number): string {
  for (let number = 1; ; number += 1) {
    const id = `v${version}.${number}`;
    if (!hasRule(knowledgeBase, id)) return id;
  }
}

function addRule(
  knowledgeBase: KnowledgeBase,
  { block, rule, before }: Extract<ResolvedChange, { kind: 'add' }>,
): KnowledgeBase {
  if (hasRule(knowledgeBase, rule.id)) throw inconsistent(`There is a rule ${rule.id} already`);
  const bearing = knowledgeBase.ruleBlocks.filter(({ name }) => name === block);
  if (bearing.length === 0) throw inconsistent(`There is no rule block "${block}"`);
  if (bearing.length > 1) throw inconsistent(`${bearing.length} rule blocks are called "${block}"`);
  const { rules } = bearing[0] as RuleBlock;
  const at = before === undefined ? rules.length : rules.findIndex(({ id }) => id === before);
  if (at === -1) throw inconsistent(`The rule block "${block}" holds no rule ${before}`);
  return withRules(knowledgeBase, bearing[0], rules.toSpliced(at, 0, rule));
}

function replaceRule(knowledgeBase: KnowledgeBase, id: string, put: (rule: Rule) => readonly Rule[]): KnowledgeBase {
  const rule = findRule(knowledgeBase, id);
  const block = knowledgeBase.ruleBlocks.find(({ rules }) => rules.includes(rule)) as RuleBlock;
  return withRules(knowledgeBase, block, block.rules.toSpliced(block.rules.indexOf(rule), 1, ...put(rule)));
}

function withRules(knowledgeBase: KnowledgeBase, block: RuleBlock | undefined, rules: readonly Rule[]): KnowledgeBase {
  const ruleBlocks = knowledgeBase.ruleBlocks.map((one) => (one === block ? { ...one, rules } : one));
  return { ...knowledgeBase, ruleBlocks };
}

function findRule({ ruleBlocks }: KnowledgeBase, id: unknown): Rule {
  const rule = ruleBlocks.flatMap(({ rules }) => rules).find((one) => one.id === id);
  if (rule === undefined) throw inconsistent(`There is no rule ${readRuleId(id)}`);
  return rule;
}

function hasRule({ ruleBlocks }: KnowledgeBase, id: string): boolean {
  return ruleBlocks.some(({ rules }) => rules.some((rule) => rule.id === id));
}
