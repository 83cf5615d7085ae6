import { ARITHMETIC_RULES } from './arithmetic-rules.js';
import { head, output } from './rule-texts.js';

/** Rule bases that read no model, in the FuzzyLite language, by their labels. They answer no medical question. */
export const ENGINE_RULES = {
  ...ARITHMETIC_RULES,
  triage: `Engine: triage
InputVariable: lactate
  range: 0 20
  term: normal Ramp 3 1.5
  term: raised Ramp 1.5 4
InputVariable: map
  range: 20 160
  term: low Ramp 75 55
  term: fair Trapezoid 60 75 100 115
InputVariable: ward
  range: 0 2
  term: critical Ramp 0 2
InputVariable: awake
  range: 0 1
  term: yes Ramp 0 1
OutputVariable: risk
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 200
  default: nan
  term: small Triangle 0 15 40
  term: medium Triangle 30 50 70
  term: large Triangle 50 80 100
OutputVariable: fluids
  range: 0 2000
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
  term: little Constant 100
  term: much Constant 1000
RuleBlock: risk
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if lactate is normal and map is fair and awake is yes then risk is small
  rule: if lactate is very raised or map is low then risk is large with 0.75
  rule: if ward is somewhat critical and lactate is raised then risk is medium
RuleBlock: fluids
  conjunction: AlgebraicProduct
  disjunction: AlgebraicSum
  implication: Minimum
  rule: if lactate is normal then fluids is little
  rule: if lactate is raised and map is not fair then fluids is much
`,
  chain: `${head('chain')}${output('severity')}OutputVariable: action
  range: 0 100
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
  term: wait Constant 5
  term: act Constant 95
RuleBlock: severity
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if a is yes and b is not yes then severity is small
  rule: if a is very yes then severity is large
  rule: if b is yes then severity is large with 0.5
RuleBlock: action
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if severity is small then action is wait
  rule: if severity is large and b is yes then action is act
`,
  fallback: `${head('fallback', 'term: wide Triangle 0.5 0.75 1')}${['nan', '42', 'nan']
    .map(
      (value, index) => `OutputVariable: o${index + 1}
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 100
  default: ${value}
  lock-previous: ${index === 2}
  term: small Triangle 0 20 40
`,
    )
    .join('')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if a is wide then o1 is small
  rule: if a is wide then o2 is small
  rule: if a is wide then o3 is small
  rule: if b is wide then o1 is small
`,
  bounds: `Engine: bounds
InputVariable: locked
  range: 10 20
  lock-range: true
  term: high Ramp 0 40
InputVariable: strict
  range: 10 20
  term: high Ramp 0 40
${output('o1')}${output('o2')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if locked is high then o1 is small
  rule: if locked is not high then o1 is large
  rule: if strict is high then o2 is small
  rule: if strict is not high then o2 is large
`,
  dated: `${head('dated')}${output('o1')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if a is yes then o1 is small
  rule: if b is yes then o1 is large
`,
} as const;
export type EngineLabel = keyof typeof ENGINE_RULES;

/** Rules that cases change, apart from those that others ask. */
export const EDITED_RULES = `${head('edited')}${output('o1')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if a is yes then o1 is small with 0.75
  rule: if b is yes then o1 is large with 0.5
`;
