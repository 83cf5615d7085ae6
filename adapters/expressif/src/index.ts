// Rule bases in packages, with models among their premises.

export { type BatchOptions, type BatchProgress, evaluateBatch, evaluateRecords } from './batch/evaluate-batch.js';
export type {
  DegreeTransform,
  ExpressifBinding,
  ModelDegrees,
  ModelPremise,
  ModelRelation,
  ModelValue,
  RuleBaseBinding,
  VariableBinding,
} from './bindings/expressif-binding.js';
export { BINDING_FILE as EXPRESSIF_BINDING, parseBinding } from './bindings/parse-binding.js';
export { type PackagedRuleBase, type RulePackage, readRulePackage } from './bindings/read-rule-package.js';
export type { Decision, DecisionInput, DecisionOutput, DecisionRule, DecisionRuleBase } from './decision/decision.js';
export type { DecisionRequest, GivenValue } from './decision/decision-request.js';
export type { RuleService } from './decision/rule-service.js';
// The engine.
export { type CompiledRuleBase, compileRuleBase, type EngineOptions } from './engine/compile-rule-base.js';
export { createEngine, type Engine } from './engine/create-engine.js';
export type { Evaluation, IndeterminateReason, OutputEvaluation, RuleEvaluation } from './engine/evaluation.js';
export { type Trace, traceEvaluation } from './engine/evaluation-run.js';
export type { InputValue, InputValues } from './engine/input-value.js';
export type { Contrast, ContrastGoal, ContrastRequest, InputChange, SearchedInput } from './explanation/contrast.js';
export { type ExplainOptions, explain } from './explanation/explain.js';
export * from './explanation/explanation.js';
export { explanationLines, explanationText } from './explanation/explanation-text.js';
export type { ExplanationLanguage } from './explanation/writing.js';
export type { FclDialect } from './formats/fcl-operators.js';
export {
  formatOf,
  type KnowledgeBaseFormat,
  type ReadKnowledgeBase,
  type ReadKnowledgeBaseOptions,
  readKnowledgeBase,
  writeKnowledgeBase,
} from './formats/knowledge-base-format.js';
export { type FclOptions, type ParsedFcl, parseFcl } from './formats/parse-fcl.js';
export { parseFll } from './formats/parse-fll.js';
export { type FmlOptions, parseFml } from './formats/parse-fml.js';
export { type WriteFclOptions, type WrittenRules, writeFcl } from './formats/write-fcl.js';
export { writeFll } from './formats/write-fll.js';
export { writeFml } from './formats/write-fml.js';
export type { Hedge } from './fuzzy/hedges.js';
export type { SNorm, TNorm } from './fuzzy/norms.js';
export type { ShapeName } from './fuzzy/shapes.js';
// For hosts: the service and its faces.
export { type RuleServer, type RuleServerOptions, startRuleServer } from './http/rule-server.js';
export {
  createIntervalEngine,
  type IntervalEngine,
  type IntervalEngineOptions,
} from './interval/create-interval-engine.js';
export type {
  IntervalEvaluation,
  IntervalIndeterminateReason,
  IntervalOutputEvaluation,
  IntervalRuleEvaluation,
} from './interval/interval-evaluation.js';
export type { IntervalInputValue, IntervalInputValues } from './interval/interval-input.js';
export type { FootprintTerm, IntervalKnowledgeBase, IntervalTerm } from './interval/interval-knowledge-base.js';
export { type Interval, karnikMendel, nieTan } from './interval/karnik-mendel.js';
export type { TypeReduction } from './interval/reduce-type.js';
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
export type { LintCode, LintEvidence, LintFinding, LintPlace, LintSeverity } from './lint/lint-finding.js';
export { type LintOptions, lintKnowledgeBase } from './lint/lint-knowledge-base.js';
export * from './live/index.js';
export { answerRulePage, type RulePageAnswer, type RulePageAnswerOptions } from './page/answer-rule-page.js';
export type { PlotOptions } from './page/plot-frame.js';
export { plotOutputSet } from './page/plot-output-set.js';
export { plotResponse, type ResponseOptions } from './page/plot-response.js';
export { plotSurface, type SurfaceOptions } from './page/plot-surface.js';
export { plotTerms } from './page/plot-terms.js';
export { computeGrid, type GridRequest, type ResponseGrid } from './page/response-grid.js';
export { type RulePageOptions, renderRulePage } from './page/rule-page.js';
export { rulePagePolicy } from './page/rule-page-policy.js';
export {
  createPossibilisticEngine,
  type PossibilisticEngine,
  type PossibilisticInputValues,
} from './possibilistic/create-possibilistic-engine.js';
export type { AttainingTerm, PossibilityExplanation, Statement } from './possibilistic/explain-possibility.js';
export { minMaxProduct, toMinMaxMatrix } from './possibilistic/min-max-system.js';
export { parsePossibilisticRules } from './possibilistic/parse-possibilistic-rules.js';
export type {
  PossibilisticEvaluation,
  PossibilisticOutputEvaluation,
  PossibilisticRuleEvaluation,
  PremiseFault,
} from './possibilistic/possibilistic-evaluation.js';
export type {
  PossibilisticInput,
  PossibilisticOutput,
  PossibilisticRule,
  PossibilisticRules,
  Premise,
} from './possibilistic/possibilistic-rules.js';
export {
  type DistributionFault,
  type GivenDistribution,
  inconsistencyOf,
  necessityOf,
  type PossibilityDistribution,
  possibilityOf,
} from './possibilistic/possibility-distribution.js';
export {
  type ProbabilityTransform,
  type TransformOptions,
  toPossibility,
} from './possibilistic/probability-transform.js';
export type { DecisionService, Question } from './service/decision-service.js';
export { createExpressifAdapter, type ExpressifAdapter, type ExpressifOptions } from './service/expressif-adapter.js';
export { evaluateRelation, type RelationLimits } from './spatial/evaluate-relation.js';
export { cutMask, type FuzzyMask, fuzzyMask, labelMask } from './spatial/fuzzy-mask.js';
export { contractGrid, type MaskGrid, patientGrid, plainGrid } from './spatial/mask-grid.js';
export { intervalDegrees, meanDegrees, type RelationsByTerm } from './spatial/relation-degrees.js';
export type {
  ImageSide,
  PatientSide,
  RelationDegrees,
  RelationKind,
  SpatialRefusal,
  SpatialRefusalReason,
  SpatialRelation,
} from './spatial/spatial-relation.js';
export * from './stream/index.js';
