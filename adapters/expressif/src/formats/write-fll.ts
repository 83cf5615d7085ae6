import { premisesOf } from '../engine/check-knowledge-base.js';
import { isHedge } from '../fuzzy/hedges.js';
import { shapes } from '../fuzzy/shapes.js';
import type {
  Activation,
  Defuzzifier,
  KnowledgeBase,
  Rule,
  RuleBlock,
  TermDefinition,
  Variable,
} from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { ruleText } from './rule-text.js';
import { writeNumber } from './write-number.js';

/**
 * Writes a rule base in the FuzzyLite language (FLL) of fuzzylite 6. `parseFll` reads back what was written, but
 * for the rules' ids, which are their places there, and rules that are not enabled, which are left out.
 *
 * @throws DH_RULES_INCONSISTENT where the language cannot say it
 */
export function writeFll(knowledgeBase: KnowledgeBase): string {
  const { name, inputs, outputs, ruleBlocks } = knowledgeBase;
  const lines = [
    heading('Engine', name),
    ...inputs.flatMap((input) => [heading('InputVariable', input.name), ...variable(input)]),
    ...outputs.flatMap((output) => [
      heading('OutputVariable', output.name),
      ...attributes(output),
      `  aggregation: ${output.aggregation ?? 'none'}`,
      `  defuzzifier: ${defuzzifier(output.defuzzifier, output.name)}`,
      `  default: ${writeNumber(output.default)}`,
      `  lock-previous: ${output.lockPrevious}`,
      ...terms(output),
    ]),
    ...ruleBlocks.flatMap(ruleBlock),
  ];
  return `${lines.join('\n')}\n`;
}

function heading(kind: string, name: string): string {
  const isNamed = kind === 'InputVariable' || kind === 'OutputVariable';
  const isSayable = isNamed ? /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(name) : !/[\r\n#]/.test(name) && name === name.trim();
  if (!isSayable || (isNamed && isReserved(name))) throw inconsistent(`FLL cannot say the name "${name}"`);
  return `${kind}: ${name}`.trimEnd();
}

const RESERVED = new Set(['if', 'is', 'then', 'and', 'or', 'with']);
const isReserved = (name: string): boolean => RESERVED.has(name);

/** Whether a rule takes it for one name. */
const isWord = (name: string): boolean => /^[^\s()#]+$/.test(name) && !isReserved(name);

function attributes({ enabled, range, lockRange }: Variable): string[] {
  return [`  enabled: ${enabled}`, `  range: ${range.map(writeNumber).join(' ')}`, `  lock-range: ${lockRange}`];
}

const variable = (one: Variable): string[] => [...attributes(one), ...terms(one)];

function terms(one: Variable): string[] {
  return one.terms.map(({ name, definition }) => {
    if (!isWord(name) || isHedge(name)) {
      throw inconsistent(`FLL cannot say the name of the term "${name}" of "${one.name}"`);
    }
    return `  term: ${name} ${writeFllTerm(definition)}`;
  });
}

/** Writes a term without its name, such as `Triangle 0 1 2`. @throws DH_RULES_INCONSISTENT */
export function writeFllTerm(definition: TermDefinition): string {
  const words = (shape: string, numbers: readonly number[]): string => [shape, ...numbers.map(writeNumber)].join(' ');
  switch (definition.kind) {
    case 'shape': {
      const count = shapes[definition.shape].parameters.length;
      return words(definition.shape, [...definition.parameters.slice(0, count), ...heightOf(definition)]);
    }
    case 'discrete':
      return words('Discrete', [...definition.points.flat(), ...heightOf(definition)]);
    case 'constant':
      return words('Constant', [definition.value]);
    case 'linear':
      return words('Linear', definition.coefficients);
    case 'function':
      if (/[\r\n#]/.test(definition.formula))
        throw inconsistent('FLL cannot say a formula of several lines or with "#"');
      return `Function ${definition.formula}`;
  }
}

const heightOf = ({ height }: { height: number }): number[] => (height === 1 ? [] : [height]);

function defuzzifier(one: Defuzzifier | undefined, output: string): string {
  if (one === undefined) return 'none';
  if (one.kind === 'integral') return `${one.name} ${one.resolution}`;
  if (one.isGrouped === true) {
    throw inconsistent(`FLL cannot say that "${output}" combines the rules for one term before it weighs them`);
  }
  return `${one.name} ${one.method}`;
}

function ruleBlock(block: RuleBlock): string[] {
  return [
    heading('RuleBlock', block.name),
    `  enabled: ${block.enabled}`,
    `  conjunction: ${block.conjunction ?? 'none'}`,
    `  disjunction: ${block.disjunction ?? 'none'}`,
    `  implication: ${block.implication ?? 'none'}`,
    `  activation: ${activation(block.activation)}`,
    ...block.rules.filter(({ enabled }) => enabled).map((rule) => `  rule: ${writeFllRule(rule)}`),
  ];
}

function activation(one: Activation): string {
  switch (one.name) {
    case 'First':
    case 'Last':
      return `${one.name} ${one.count} ${writeNumber(one.threshold)}`;
    case 'Highest':
    case 'Lowest':
      return `${one.name} ${one.count}`;
    case 'Threshold':
      return `${one.name} ${one.comparison} ${writeNumber(one.threshold)}`;
    default:
      return one.name;
  }
}

/**
 * A rule as FLL says it.
 *
 * @throws DH_RULES_INCONSISTENT where a name is no word of the language
 */
export function writeFllRule(rule: Rule): string {
  for (const { variable, term } of [...premisesOf(rule.antecedent), ...rule.consequents]) {
    const unsayable = [variable, ...(term === undefined ? [] : [term])].find((word) => !isWord(word));
    if (unsayable !== undefined) throw inconsistent(`FLL cannot say "${unsayable}", which stands in a rule`);
  }
  return ruleText(rule);
}
