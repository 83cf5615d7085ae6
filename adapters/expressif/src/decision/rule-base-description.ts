import { ruleText } from '../formats/rule-text.js';
import type { KnowledgeBase, Variable } from '../knowledge-base.js';
import type { RuleService } from './rule-service.js';

/** A rule base in a list. */
export function ruleBaseSummary({ id, manifest, packageSha256, binding, rules }: RuleService) {
  const { version, digest, knowledgeBase } = rules.current();
  return {
    ...{ id, title: binding.title, version, digest },
    model: { name: manifest.name, version: manifest.version, packageSha256, intendedUse: manifest.intendedUse },
    rules: knowledgeBase.ruleBlocks.reduce((count, block) => count + block.rules.length, 0),
    inputs: knowledgeBase.inputs.map(({ name }) => name),
    outputs: knowledgeBase.outputs.map(({ name }) => name),
  };
}

/** A rule base with its variables, where each comes from, and its rules. */
export function ruleBaseDetail(service: RuleService) {
  const { binding, rules } = service;
  const { knowledgeBase } = rules.current();
  return {
    ...ruleBaseSummary(service),
    inputs: knowledgeBase.inputs.map((input) => ({ ...variableOf(input), ...binding.variables[input.name] })),
    outputs: knowledgeBase.outputs.map((output) => ({ ...variableOf(output), ...binding.outputs?.[output.name] })),
    blocks: blocksOf(knowledgeBase),
  };
}

/** Ranges without an end are not said: JSON has no infinity. */
function variableOf({ name, enabled, range, lockRange, terms }: Variable) {
  return {
    ...{ name, enabled, lockRange },
    ...(range.every(Number.isFinite) ? { range } : {}),
    terms: terms.map((term) => term.name),
  };
}

function blocksOf({ ruleBlocks }: KnowledgeBase) {
  return ruleBlocks.map(({ name, enabled, rules }) => ({
    ...{ name, enabled },
    rules: rules.map((rule) => ({ id: rule.id, enabled: rule.enabled, weight: rule.weight, text: ruleText(rule) })),
  }));
}
