import type { Evaluation } from '../engine/evaluation.js';
import { degreeOf, isFuzzySet } from '../fuzzy/degree-of.js';
import { applyHedges } from '../fuzzy/hedges.js';
import { sNorms, tNorms } from '../fuzzy/norms.js';
import type { KnowledgeBase, OutputVariable } from '../knowledge-base.js';

/** What the rules conclude of an output together: a degree for each of some values. */
export type OutputSet = readonly (readonly [value: number, degree: number])[];

/**
 * The set that a defuzzifier finds the middle of, from the degrees with which rules fired.
 *
 * @param values at which it is told, ascending
 * @returns undefined where the defuzzifier needs no set, or no rule fired
 */
export function outputSetOf(
  knowledgeBase: KnowledgeBase,
  output: OutputVariable,
  evaluation: Evaluation,
  values: readonly number[],
): OutputSet | undefined {
  if (output.defuzzifier?.kind !== 'integral') return undefined;
  const aggregate = sNorms[output.aggregation ?? 'Maximum'];
  const degrees = new Map(evaluation.rules.filter(({ fired }) => fired).map(({ rule, degree }) => [rule, degree]));
  const set = new Float64Array(values.length);
  let isEmpty = true;
  for (const { implication, rules } of knowledgeBase.ruleBlocks) {
    for (const { id, consequents } of rules) {
      const fired = degrees.get(id);
      if (fired === undefined || implication === undefined) continue;
      for (const { variable, hedges, term } of consequents) {
        const definition = output.terms.find(({ name }) => name === term)?.definition;
        if (variable !== output.name || definition === undefined || !isFuzzySet(definition)) continue;
        const degree = applyHedges(hedges, fired);
        isEmpty = false;
        for (const [k, value] of values.entries()) {
          set[k] = aggregate(set[k] as number, tNorms[implication](degree, degreeOf(definition, value)));
        }
      }
    }
  }
  return isEmpty ? undefined : values.map((value, k) => [value, set[k] as number]);
}
