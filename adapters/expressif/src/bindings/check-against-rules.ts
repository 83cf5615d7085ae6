import { pointerOf } from '@deephealth/sdk';
import { premisesOf } from '../engine/check-knowledge-base.js';
import type { InputVariable, KnowledgeBase } from '../knowledge-base.js';
import type { RuleBaseBinding, VariableBinding } from './expressif-binding.js';
import { BINDING_FILE, bindingInvalid } from './parse-binding.js';
import { namesOf } from './variable-contradictions.js';

const PROBLEMS_SHOWN = 5;

/**
 * Compares a binding with the rules that it names: every input of the rules must be said to come from somewhere, no
 * other may be, and what the model gives must lie in the range that the rules were written for.
 *
 * @param index of the rule base in the binding
 * @throws DH_RULES_BINDING_INVALID
 */
export function checkAgainstRules(binding: RuleBaseBinding, index: number, knowledgeBase: KnowledgeBase): void {
  const problems: { readonly pointer: string; readonly sentence: string }[] = [];
  const report = (steps: readonly (string | number)[], sentence: string) => {
    const pointer = pointerOf(['ruleBases', index, ...steps]);
    problems.push({ pointer, sentence: `Field "${pointer}": ${sentence}` });
  };
  const inputs = new Map(knowledgeBase.inputs.map((input) => [input.name, input] as const));
  for (const name of inputs.keys()) {
    if (!Object.hasOwn(binding.variables, name))
      report(['variables'], `It says nothing of the input "${name}" of the rules.`);
  }
  for (const [name, variable] of Object.entries(binding.variables)) {
    const input = inputs.get(name);
    if (input === undefined)
      report(['variables', name], `The rules have no input of this name. ${namesOf([...inputs.keys()])}`);
    else
      checkVariable(variable, input, knowledgeBase, (steps, sentence) =>
        report(['variables', name, ...steps], sentence),
      );
  }
  const outputs = knowledgeBase.outputs.map(({ name }) => name);
  for (const name of Object.keys(binding.outputs ?? {})) {
    if (!outputs.includes(name))
      report(['outputs', name], `The rules have no output of this name. ${namesOf(outputs)}`);
  }
  const [first] = problems;
  if (first === undefined) return;
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ sentence }) => sentence);
  if (problems.length > PROBLEMS_SHOWN) shown.push(`And ${problems.length - PROBLEMS_SHOWN} more.`);
  throw bindingInvalid(`${BINDING_FILE}: ${shown.join(' ')}`, first.pointer);
}

type Report = (steps: readonly (string | number)[], sentence: string) => void;

function checkVariable(
  { model, numbers }: VariableBinding,
  input: InputVariable,
  rules: KnowledgeBase,
  report: Report,
): void {
  const { range } = input;
  for (const [category, number] of Object.entries(numbers ?? {})) {
    if (number !== null && (number < range[0] || number > range[1])) {
      report(['numbers', category], `The rules take ${rangeText(range)} for this input.`);
    }
  }
  if (model === undefined) return;
  if (model.as === 'value') {
    const { scale = 1, offset = 0, unit } = model;
    // Probabilities alone have bounds that are known; of others each answer is looked at.
    if (unit !== '1') return;
    const ends = [offset, scale + offset];
    if (Math.min(...ends) < range[0] || Math.max(...ends) > range[1]) {
      report(
        ['model'],
        `The model gives ${rangeText([Math.min(...ends), Math.max(...ends)])}, the rules take ${rangeText(range)}.`,
      );
    }
    return;
  }
  const terms = input.terms.map(({ name }) => name);
  const given = model.as === 'degrees' ? Object.keys(model.terms) : [model.term];
  for (const term of given) {
    if (!terms.includes(term)) report(['model'], `The input has no term "${term}". ${namesOf(terms)}`);
  }
  for (const term of termsAsked(rules, input.name)) {
    if (!given.includes(term)) report(['model'], `Rules ask whether it is "${term}", and the model does not say.`);
  }
}

function termsAsked({ ruleBlocks }: KnowledgeBase, variable: string): Set<string> {
  const asked = new Set<string>();
  for (const { antecedent } of ruleBlocks.flatMap(({ rules }) => rules)) {
    for (const premise of premisesOf(antecedent)) {
      if (premise.variable === variable && premise.term !== undefined) asked.add(premise.term);
    }
  }
  return asked;
}

const rangeText = ([low, high]: readonly [number, number]) => `${low} to ${high}`;
