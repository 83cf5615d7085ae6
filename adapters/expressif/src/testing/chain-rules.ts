import { parseFll } from '../formats/parse-fll.js';
import type { KnowledgeBase } from '../knowledge-base.js';

/** Two blocks, the second of which reads what the first concludes. */
export const chainRules = (): KnowledgeBase =>
  parseFll(`Engine: chain
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
OutputVariable: middle
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: yes Triangle 0 0.5 1
OutputVariable: end
  range: 0 1
  defuzzifier: WeightedSum TakagiSugeno
  term: one Constant 1
RuleBlock: first
  implication: Minimum
  rule: if a is on then middle is yes
RuleBlock: second
  rule: if middle is very yes then end is one
`);
