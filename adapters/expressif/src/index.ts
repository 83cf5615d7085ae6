export type { EngineOptions } from './engine/compile-rule-base.js';
export { createEngine, type Engine } from './engine/create-engine.js';
export type { Evaluation, IndeterminateReason, OutputEvaluation, RuleEvaluation } from './engine/evaluation.js';
export type { InputValue, InputValues } from './engine/input-value.js';
export { parseFll } from './formats/parse-fll.js';
export type { Hedge } from './fuzzy/hedges.js';
export type { SNorm, TNorm } from './fuzzy/norms.js';
export type { ShapeName } from './fuzzy/shapes.js';
export type {
  Activation,
  Antecedent,
  Comparison,
  Defuzzifier,
  InputVariable,
  IntegralDefuzzifierName,
  KnowledgeBase,
  OutputVariable,
  Proposition,
  Rule,
  RuleBlock,
  Term,
  TermDefinition,
  Variable,
} from './knowledge-base.js';
