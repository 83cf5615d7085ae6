import { HEDGES, type HedgeName, type SNormName, type TNormName } from './norms.js';
import type { OracleTerm } from './shapes.js';

/** A rule base of the suite. */
export interface OracleRules {
  readonly name: string;
  readonly inputs: readonly OracleVariable[];
  readonly outputs: readonly OracleOutput[];
  readonly blocks: readonly OracleBlock[];
}

export interface OracleVariable {
  readonly name: string;
  readonly range: readonly [number, number];
  readonly lockRange: boolean;
  readonly terms: readonly OracleTerm[];
}

export interface OracleOutput extends OracleVariable {
  readonly aggregation: SNormName | 'none';
  /** Its name and its argument: `['Centroid', '200']`, `['WeightedAverage', 'Tsukamoto']`. */
  readonly defuzzifier: readonly string[];
  /** NaN for none. */
  readonly default: number;
  readonly lockPrevious: boolean;
}

export interface OracleBlock {
  readonly name: string;
  readonly conjunction: TNormName;
  readonly disjunction: SNormName;
  readonly implication: TNormName;
  /** `['General']`, `['First', '2', '0.1']`, `['Threshold', '>=', '0.3']`. */
  readonly activation: readonly string[];
  readonly rules: readonly OracleRule[];
}

export interface OracleRule {
  /** From 1, counted through the whole rule base. */
  readonly number: number;
  readonly text: string;
  readonly antecedent: Antecedent;
  readonly conclusions: readonly Statement[];
  readonly weight: number;
}

export interface Statement {
  readonly variable: string;
  readonly hedges: readonly HedgeName[];
  /** Empty after `any`, which asks for none. */
  readonly term: string;
}

/** `position`: of a premise in its rule, from the left, from 1. */
export type Antecedent =
  | (Statement & { readonly kind: 'is'; readonly position: number })
  | { readonly kind: 'and' | 'or'; readonly left: Antecedent; readonly right: Antecedent };

interface Section {
  readonly kind: string;
  readonly name: string;
  readonly lines: readonly (readonly [key: string, value: string])[];
}

/** The suite's own rule bases from their FuzzyLite language; what is wrong in one is not looked for. */
export function readRules(text: string): OracleRules {
  const sections: (Section & { readonly lines: [string, string][] })[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const colon = line.indexOf(':');
    const [key, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if (line.startsWith(' ')) sections.at(-1)?.lines.push([key, value]);
    else sections.push({ kind: key, name: value, lines: [] });
  }
  const of = (kind: string) => sections.filter((one) => one.kind === kind);
  let rules = 0;
  return {
    name: sections[0]?.name ?? '',
    inputs: of('InputVariable').map(toVariable),
    outputs: of('OutputVariable').map((section) => ({
      ...toVariable(section),
      aggregation: lineOf(section, 'aggregation', 'none') as OracleOutput['aggregation'],
      defuzzifier: lineOf(section, 'defuzzifier', '').split(' '),
      default: toNumber(lineOf(section, 'default', 'nan')),
      lockPrevious: lineOf(section, 'lock-previous', 'false') === 'true',
    })),
    blocks: of('RuleBlock').map((section) => ({
      name: section.name,
      conjunction: lineOf(section, 'conjunction', 'Minimum') as TNormName,
      disjunction: lineOf(section, 'disjunction', 'Maximum') as SNormName,
      implication: lineOf(section, 'implication', 'Minimum') as TNormName,
      activation: lineOf(section, 'activation', 'General').split(' '),
      rules: section.lines.filter(([key]) => key === 'rule').map(([, rule]) => toRule(rule, ++rules)),
    })),
  };
}

function lineOf({ lines }: Section, key: string, otherwise: string): string {
  return lines.find(([name]) => name === key)?.[1] ?? otherwise;
}

function toVariable(section: Section): OracleVariable {
  const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = lineOf(section, 'range', '-inf inf')
    .split(' ')
    .map(toNumber);
  return {
    name: section.name,
    range: [low, high],
    lockRange: lineOf(section, 'lock-range', 'false') === 'true',
    terms: section.lines.filter(([key]) => key === 'term').map(([, term]) => toTerm(term)),
  };
}

function toTerm(text: string): OracleTerm {
  const [name = '', shape = '', ...rest] = text.split(' ');
  if (shape === 'Function') return { name, shape, numbers: [], formula: rest.join(' ') };
  return { name, shape, numbers: rest.map(toNumber) };
}

const toNumber = (word: string) =>
  word === 'inf' ? Number.POSITIVE_INFINITY : word === '-inf' ? Number.NEGATIVE_INFINITY : Number(word);

/** `and` binds closer than `or`; both group from the left. */
export function toRule(text: string, number: number): OracleRule {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  let place = 1;
  let position = 0;
  const accept = (word: string) => words[place] === word && ++place > 0;
  const statement = (): Statement => {
    const variable = words[place] as string;
    place += 2;
    const hedges: HedgeName[] = [];
    while (Object.hasOwn(HEDGES, words[place] as string)) hedges.push(words[place++] as HedgeName);
    // Nothing is asked after "any".
    const isOver = hedges.at(-1) === 'any' && ['and', 'or', 'then', ')'].includes(words[place] as string);
    return { variable, hedges, term: isOver ? '' : (words[place++] as string) };
  };
  const premise = (): Antecedent => {
    if (!accept('(')) return { kind: 'is', position: ++position, ...statement() };
    const inside = disjunction();
    place += 1;
    return inside;
  };
  const conjunction = (): Antecedent => {
    let left = premise();
    while (accept('and')) left = { kind: 'and', left, right: premise() };
    return left;
  };
  const disjunction = (): Antecedent => {
    let left = conjunction();
    while (accept('or')) left = { kind: 'or', left, right: conjunction() };
    return left;
  };
  const antecedent = disjunction();
  place += 1;
  const conclusions = [statement()];
  while (accept('and')) conclusions.push(statement());
  return { number, text, antecedent, conclusions, weight: accept('with') ? Number(words[place]) : 1 };
}

/** Premises of an antecedent, from the left. */
export function premisesOf(antecedent: Antecedent): (Statement & { readonly position: number })[] {
  return antecedent.kind === 'is' ? [antecedent] : [...premisesOf(antecedent.left), ...premisesOf(antecedent.right)];
}

export function rulesOf({ blocks }: OracleRules): OracleRule[] {
  return blocks.flatMap(({ rules }) => rules);
}
