import { parseFll } from '../formats/parse-fll.js';
import type { KnowledgeBase } from '../knowledge-base.js';

/** A small rule base with a conjunction, a disjunction and a weight. */
export const VITALS = `Engine: vitals
InputVariable: lactate
  range: 0 10
  term: normal Ramp 2 1
  term: raised Ramp 1 4
InputVariable: map
  range: 30 140
  term: low Ramp 75 60
OutputVariable: risk
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: small Triangle 0 20 40
  term: large Triangle 60 80 100
RuleBlock: main
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if lactate is normal and map is not low then risk is small
  rule: if lactate is raised or map is low then risk is large with 0.5
`;

/** @param changes pairs of a part of the text and what stands in its place */
export function vitals(...changes: readonly (readonly [string, string])[]): KnowledgeBase {
  return parseFll(vitalsText(...changes));
}

export function vitalsText(...changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [part, other]) => {
    if (!text.includes(part)) throw new Error(`the rule base holds no "${part}"`);
    return text.replace(part, other);
  }, VITALS);
}
