import { isFuzzySet } from '../fuzzy/degree-of.js';
import type { Antecedent, KnowledgeBase, OutputVariable, Proposition, Rule, Variable } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';

/**
 * Finds what would keep a rule base from being evaluated: names that nothing bears, operators that are asked for
 * and not named, rules that read what is concluded only after them.
 *
 * @throws DH_RULES_INCONSISTENT naming the rule or variable
 */
export function checkKnowledgeBase(knowledgeBase: KnowledgeBase): void {
  const variables = new Map<string, NamedVariable>();
  for (const variable of [...knowledgeBase.inputs, ...knowledgeBase.outputs]) {
    if (variables.has(variable.name)) throw inconsistent(`Two variables are called "${variable.name}"`);
    variables.set(variable.name, { terms: new Set(variable.terms.map(({ name }) => name)) });
  }
  const outputs = new Map(knowledgeBase.outputs.map((output) => [output.name, output] as const));
  const ids = new Set<string>();
  for (const rule of knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules)) {
    if (ids.has(rule.id)) throw inconsistent(`Two rules are called "${rule.id}"`);
    ids.add(rule.id);
    if (!(rule.weight >= 0 && rule.weight <= 1)) throw inconsistent(`Rule ${rule.id} has a weight that is not 0 to 1`);
    for (const premise of premisesOf(rule.antecedent)) checkPremise(premise, rule, variables);
    for (const conclusion of rule.consequents) checkConclusion(conclusion, rule, outputs, variables);
  }
  for (const input of knowledgeBase.inputs) checkInput(input);
  for (const output of knowledgeBase.outputs) checkOutput(output, knowledgeBase);
  checkOrder(knowledgeBase, outputs);
  checkCombination(knowledgeBase, outputs);
}

/** Every premise of an antecedent, from the left. */
export function* premisesOf(antecedent: Antecedent): Generator<Proposition> {
  const waiting = [antecedent];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === 'is') yield next;
    else waiting.push(next.right, next.left);
  }
}

type NamedVariable = { readonly terms: ReadonlySet<string> };

function checkPremise(
  { variable, term }: Proposition,
  rule: Rule,
  variables: ReadonlyMap<string, NamedVariable>,
): void {
  const found = variables.get(variable);
  if (found === undefined) throw inconsistent(`Rule ${rule.id} asks for "${variable}", which is no variable`);
  if (term !== undefined && !found.terms.has(term)) {
    throw inconsistent(`Rule ${rule.id} asks whether "${variable}" is "${term}", which is none of its terms`);
  }
}

function checkConclusion(
  { variable, term }: Proposition,
  rule: Rule,
  outputs: ReadonlyMap<string, OutputVariable>,
  variables: ReadonlyMap<string, NamedVariable>,
): void {
  if (!outputs.has(variable)) throw inconsistent(`Rule ${rule.id} concludes "${variable}", which is no output`);
  if (term === undefined || variables.get(variable)?.terms.has(term) !== true) {
    throw inconsistent(`Rule ${rule.id} concludes that "${variable}" is "${term}", which is none of its terms`);
  }
}

function checkInput({ name, terms }: Variable): void {
  const value = terms.find(({ definition }) => !isFuzzySet(definition));
  if (value !== undefined) {
    throw inconsistent(
      `The term "${value.name}" of the input "${name}" is a value, and a premise asks for a fuzzy set`,
    );
  }
}

function checkOutput({ name, range, terms, defuzzifier }: OutputVariable, { ruleBlocks }: KnowledgeBase): void {
  const concluding = ruleBlocks.filter(({ rules }) =>
    rules.some(({ consequents }) => consequents.some(({ variable }) => variable === name)),
  );
  if (concluding.length === 0) return;
  if (defuzzifier === undefined) throw inconsistent(`The output "${name}" names no defuzzifier`);
  if (defuzzifier.kind === 'weighted') return;
  if (!range.every(Number.isFinite) || range[0] >= range[1]) {
    throw inconsistent(`The output "${name}" needs a range with a beginning and an end for ${defuzzifier.name}`);
  }
  const value = terms.find(({ definition }) => !isFuzzySet(definition));
  if (value !== undefined) {
    throw inconsistent(
      `The term "${value.name}" of "${name}" is a value, and ${defuzzifier.name} asks for a fuzzy set`,
    );
  }
  const block = concluding.find(({ implication }) => implication === undefined);
  if (block !== undefined) {
    throw inconsistent(`The rule block "${block.name}" concludes "${name}" and names no implication`);
  }
}

/** A rule may read an output only when every rule that concludes it stands in an earlier block. */
function checkOrder({ ruleBlocks }: KnowledgeBase, outputs: ReadonlyMap<string, OutputVariable>): void {
  const lastConcluded = new Map<string, number>();
  for (const [index, { rules }] of ruleBlocks.entries()) {
    for (const { variable } of rules.flatMap(({ consequents }) => consequents)) lastConcluded.set(variable, index);
  }
  for (const [index, { rules }] of ruleBlocks.entries()) {
    for (const rule of rules) {
      for (const { variable } of premisesOf(rule.antecedent)) {
        if (!outputs.has(variable) || (lastConcluded.get(variable) ?? -1) < index) continue;
        throw inconsistent(
          `Rule ${rule.id} asks for the output "${variable}", which its own or a later block concludes`,
        );
      }
    }
  }
}

/**
 * What several rules conclude and nothing combines is their sum, which may be more than 1: that is fine as a weight
 * of a defuzzifier and no degree that a later rule could read.
 */
function checkCombination({ ruleBlocks }: KnowledgeBase, outputs: ReadonlyMap<string, OutputVariable>): void {
  const placeOf = (variable: string, term: string | undefined): string => JSON.stringify([variable, term]);
  const concluding = new Map<string, number>();
  const all = ruleBlocks.flatMap(({ rules }) => rules);
  for (const { variable, term } of all.flatMap(({ consequents }) => consequents)) {
    const place = placeOf(variable, term);
    concluding.set(place, (concluding.get(place) ?? 0) + 1);
  }
  for (const rule of all) {
    for (const { variable, term } of premisesOf(rule.antecedent)) {
      const output = outputs.get(variable);
      // Whoever names the unbounded sum has said what is meant.
      if (output === undefined || output.aggregation !== undefined) continue;
      if ((concluding.get(placeOf(variable, term)) ?? 0) < 2) continue;
      throw inconsistent(
        `Rule ${rule.id} asks whether "${variable}" is "${term}", which several rules conclude and nothing combines to a degree: name an aggregation of "${variable}"`,
      );
    }
  }
}
