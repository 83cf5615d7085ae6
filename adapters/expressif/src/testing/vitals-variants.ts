import { parseFll } from '../formats/parse-fll.js';
import type {
  InputVariable,
  KnowledgeBase,
  OutputVariable,
  Rule,
  RuleBlock,
  Term,
  TermDefinition,
} from '../knowledge-base.js';
import { vitals } from './vitals.js';

const first = <T>(items: readonly T[], change: (item: T) => T): T[] =>
  items.map((item, i) => (i === 0 ? change(item) : item));

export const withInput = (change: Partial<InputVariable>, kb = vitals()): KnowledgeBase => ({
  ...kb,
  inputs: first(kb.inputs, (input) => ({ ...input, ...change })),
});

export const withOutput = (change: Partial<OutputVariable>, kb = vitals()): KnowledgeBase => ({
  ...kb,
  outputs: first(kb.outputs, (output) => ({ ...output, ...change })),
});

export const withBlock = (change: Partial<RuleBlock>, kb = vitals()): KnowledgeBase => ({
  ...kb,
  ruleBlocks: first(kb.ruleBlocks, (block) => ({ ...block, ...change })),
});

export const withRule = (change: Partial<Rule>, kb = vitals()): KnowledgeBase =>
  withBlock({ rules: first(kb.ruleBlocks[0]?.rules ?? [], (rule) => ({ ...rule, ...change })) }, kb);

/** The first term of the first input. */
export const withTerm = (change: Partial<Term>, kb = vitals()): KnowledgeBase =>
  withInput({ terms: first(kb.inputs[0]?.terms ?? [], (term) => ({ ...term, ...change })) }, kb);

export const shape = (name: string, ...parameters: readonly number[]): TermDefinition => ({
  kind: 'shape',
  shape: name as Extract<TermDefinition, { kind: 'shape' }>['shape'],
  parameters,
  height: 1,
});

/** Two rules that conclude values of one output, without an aggregation. */
export const values = (
  terms = 'term: low Constant 1\n  term: high Constant 9',
  rules = ['up', 'down'],
): KnowledgeBase =>
  parseFll(`Engine: values
InputVariable: x
  range: 0 1
  term: up Ramp 0 1
  term: down Ramp 1 0
OutputVariable: y
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
  ${terms}
RuleBlock: main
${rules.map((term, i) => `  rule: if x is ${term} then y is ${i % 2 === 0 ? 'low' : 'high'}`).join('\n')}
`);

/** A rule that asks for an output. */
export const chained = (): KnowledgeBase =>
  parseFll(`Engine: chained
InputVariable: x
  range: 0 1
  term: up Ramp 0 1
OutputVariable: middle
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: some Triangle 0 0.5 1
OutputVariable: end
  range: 0 1
  defuzzifier: WeightedAverage TakagiSugeno
  term: one Constant 1
RuleBlock: first
  implication: Minimum
  rule: if x is up then middle is some
RuleBlock: second
  rule: if middle is some then end is one
`);
