import { compileRuleBase, type EngineOptions } from '../engine/compile-rule-base.js';
import { checkIntervalKnowledgeBase } from './check-interval-knowledge-base.js';
import type { IntervalEvaluation } from './interval-evaluation.js';
import type { IntervalInputValues } from './interval-input.js';
import { endOf, type IntervalKnowledgeBase } from './interval-knowledge-base.js';
import { type CompiledIntervals, IntervalRun } from './interval-run.js';
import { createTypeReducer, type TypeReduction } from './reduce-type.js';

export type IntervalEngineOptions = EngineOptions & {
  /**
   * What `value` is: the middle of the type-reduced set's ends, or the mean by Nie and Tan. The ends are by Karnik
   * and Mendel either way.
   *
   * @defaultValue 'karnik-mendel'
   */
  readonly reduction?: TypeReduction;
};

export type IntervalEngine = {
  readonly knowledgeBase: IntervalKnowledgeBase;
  readonly reduction: TypeReduction;
  /**
   * @param values of the inputs by name; an input that is absent or undefined is missing
   * @param previous what the rule base answered before: outputs that lock their previous value take it from there
   */
  evaluate(values: IntervalInputValues, previous?: IntervalEvaluation): IntervalEvaluation;
};

/**
 * Makes a rule base of interval type-2 ready for evaluation (Mendel, Uncertain Rule-Based Fuzzy Systems, 2nd ed.
 * 2017). Degrees are intervals from the premises to the result, so that what is not known exactly, the bounds of a
 * term or the necessity and possibility of a relation, stays visible as the width of the answer.
 *
 * A rule base without footprints gives the results of the type-1 engine, with equal ends. Tsukamoto's conclusions,
 * defuzzifiers other than the centroid and the weighted ones, and activations that choose among rules are refused.
 *
 * @throws DH_RULES_INCONSISTENT where the rule base cannot be evaluated as it stands
 */
export function createIntervalEngine(
  knowledgeBase: IntervalKnowledgeBase,
  options: IntervalEngineOptions = {},
): IntervalEngine {
  const { reduction = 'karnik-mendel' } = options;
  const upper = compileRuleBase(endOf(knowledgeBase, 'upper'), options);
  checkIntervalKnowledgeBase(knowledgeBase);
  const compiled: CompiledIntervals = {
    upper,
    lowerInputs: new Map(endOf(knowledgeBase, 'lower').inputs.map((input) => [input.name, input] as const)),
    reducers: new Map(
      knowledgeBase.outputs.flatMap(({ name, terms }) => {
        const output = upper.outputs.get(name);
        return output === undefined ? [] : [[name, createTypeReducer(output, terms, reduction)] as const];
      }),
    ),
  };
  return {
    knowledgeBase,
    reduction,
    evaluate: (values, previous) => new IntervalRun(compiled, values, previous).run(),
  };
}
