import type { KnowledgeBase } from '../knowledge-base.js';
import { compileRuleBase, type EngineOptions } from './compile-rule-base.js';
import type { Evaluation } from './evaluation.js';
import { createEvaluator } from './evaluation-run.js';
import type { InputValues } from './input-value.js';

/** Compiled rules that answer. */
export type Engine = {
  readonly knowledgeBase: KnowledgeBase;
  /**
   * @param values of the inputs by name; an input that is absent or undefined is missing
   * @param previous what the rule base answered before: outputs that lock their previous value take it from there
   */
  evaluate(values: InputValues, previous?: Evaluation): Evaluation;
};

/**
 * Makes a rule base ready for evaluation. The engine holds no state: equal inputs give equal results.
 *
 * @throws DH_RULES_INCONSISTENT where the rule base cannot be evaluated as it stands
 */
export function createEngine(knowledgeBase: KnowledgeBase, options: EngineOptions = {}): Engine {
  const compiled = compileRuleBase(knowledgeBase, options);
  return { knowledgeBase, evaluate: createEvaluator(compiled) };
}
