import { parseFll } from '../formats/parse-fll.js';
import type { KnowledgeBase } from '../knowledge-base.js';

export type Random = () => number;

export type RuleLine = { id: string; text: string; weight: number; enabled: boolean };

/** A rule base as lines of text, which tests change by themselves and read afresh. */
export type RuleLines = {
  variables: string;
  blocks: { name: string; operators: string; rules: RuleLine[] }[];
};

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

const T_NORMS = ['Minimum', 'AlgebraicProduct', 'BoundedDifference', 'EinsteinProduct', 'NilpotentMinimum'];
const S_NORMS = ['Maximum', 'AlgebraicSum', 'BoundedSum', 'NilpotentMaximum', 'UnboundedSum'];
const HEDGES = ['', '', '', 'not ', 'very ', 'not somewhat ', 'extremely '];
export const ACTIVATIONS = [
  'General',
  'First 2 0.1',
  'Last 1 0.2',
  'Highest 2',
  'Lowest 2',
  'Proportional',
  'Threshold >= 0.3',
];

/** By stage: what the rules of each block conclude, and the next block reads. */
const OUTPUTS = [['first', 'second'], ['wide', 'plane', 'kept'], ['end']];
export const INPUTS = ['a', 'b', 'c', 'd'];

/** A rule base of three blocks in a chain, with outputs of every kind, activations and norms by chance. */
export function randomRules(random: Random): RuleLines {
  const inputs = INPUTS.map(
    (name) => `InputVariable: ${name}
  enabled: ${random() < 0.95}
  range: 0 10
  lock-range: ${random() < 0.25}
  term: low Ramp ${4 + random() * 2} 1
  term: mid Triangle 2 5 ${7 + random()}
  term: high Ramp 5 9
`,
  );
  const sets = `  term: low Triangle 0 2 5\n  term: mid Triangle 2 5 8\n  term: high Triangle 5 8 10\n`;
  const integral = (name: string, more = ''): string => `OutputVariable: ${name}
  range: 0 10
  aggregation: ${pick(random, S_NORMS)}
  defuzzifier: ${pick(random, ['Centroid', 'Bisector', 'MeanOfMaximum'])} 20
${more}${sets}`;
  const outputs = [
    integral('first'),
    integral('second', '  default: 3\n'),
    integral('wide', `  enabled: ${random() < 0.8}\n`),
    // Later rules read it, and what nothing combines is no degree.
    `OutputVariable: plane
  range: 0 10
  aggregation: ${pick(random, S_NORMS)}
  defuzzifier: WeightedAverage TakagiSugeno
  term: low Constant 1
  term: mid Linear 1 0 ${random() < 0.5 ? 0 : 2} 0 1
  term: high Function d * d + 1
`,
    integral('kept', `  lock-previous: true\n${random() < 0.5 ? '  default: 1\n' : ''}`),
    integral('end', random() < 0.5 ? '  lock-previous: true\n' : ''),
  ];
  const blocks = OUTPUTS.map((_, stage) => ({
    name: `stage ${stage}`,
    operators: `  conjunction: ${pick(random, T_NORMS)}
  disjunction: ${pick(random, S_NORMS.slice(0, 4))}
  implication: ${pick(random, ['Minimum', 'AlgebraicProduct'])}
  activation: ${pick(random, ACTIVATIONS)}
`,
    rules: Array.from({ length: 3 + Math.floor(random() * 4) }, (_, number) => ({
      id: `${stage + 1}.${number + 1}`,
      text: randomRule(random, stage),
      weight: random() < 0.7 ? 1 : Math.round(random() * 100) / 100,
      enabled: random() < 0.9,
    })),
  }));
  return { variables: [...inputs, ...outputs].join(''), blocks };
}

/** A rule of a stage, without its weight. */
export function randomRule(random: Random, stage: number): string {
  const readable = [...INPUTS, ...INPUTS, ...OUTPUTS.slice(0, stage).flat()];
  const term = (): string => pick(random, ['low', 'mid', 'high']);
  const premise = (): string =>
    random() < 0.03
      ? `${pick(random, readable)} is any`
      : `${pick(random, readable)} is ${pick(random, HEDGES)}${term()}`;
  const antecedent = (depth: number): string =>
    depth === 0 || random() < 0.4
      ? premise()
      : `(${antecedent(depth - 1)} ${pick(random, ['and', 'or'])} ${antecedent(depth - 1)})`;
  const outputs = OUTPUTS[stage] ?? [];
  const conclusion = (): string => `${pick(random, outputs)} is ${pick(random, ['', '', 'very '])}${term()}`;
  const more = random() < 0.2 ? ` and ${conclusion()}` : '';
  return `if ${antecedent(2)} then ${conclusion()}${more}`;
}

/** Reads the lines as a file would be read, and gives the rules their ids. */
export function loadAfresh({ variables, blocks }: RuleLines): KnowledgeBase {
  const text = blocks.map(
    ({ name, operators, rules }) =>
      `RuleBlock: ${name}\n${operators}${rules.map((rule) => `  rule: ${rule.text} with ${rule.weight}\n`).join('')}`,
  );
  const read = parseFll(`Engine: random\n${variables}${text.join('')}`);
  return {
    ...read,
    ruleBlocks: read.ruleBlocks.map((block, b) => ({
      ...block,
      rules: block.rules.map((rule, r) => {
        const { id, enabled } = (blocks[b] as RuleLines['blocks'][number]).rules[r] as RuleLine;
        return { ...rule, id, enabled };
      }),
    })),
  };
}

/** What an input may be given as: mostly a number, now and then something that is none. */
export function randomValue(random: Random): number | undefined | { degrees: Record<string, number> } {
  const kind = random();
  if (kind < 0.04) return undefined;
  if (kind < 0.06) return Number.NaN;
  if (kind < 0.09) return 10 + random();
  if (kind < 0.15) {
    const degrees = { low: random(), mid: random(), high: random() };
    return { degrees: random() < 0.8 ? degrees : ({ low: 0.5 } as never) };
  }
  return Math.round(random() * 40) / 4;
}
