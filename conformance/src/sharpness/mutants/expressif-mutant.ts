import { RelationOracle } from '../../expressif/oracle/relations.js';
import { RuleOracle } from '../../expressif/oracle/rule-oracle.js';
import { PremiseOracle } from '../../expressif/premise-oracle.js';
import { type ExpressifParts, ExpressifReference } from '../../reference/expressif/expressif-reference.js';
import { ReferenceDecision } from '../../reference/expressif/reference-decision.js';
import { ReferenceExplanation } from '../../reference/expressif/reference-explanation.js';
import { ReferenceQuestions } from '../../reference/expressif/reference-questions.js';
import { ReferenceRuleFace } from '../../reference/expressif/reference-rule-face.js';
import { ReferenceTexts } from '../../reference/expressif/reference-texts.js';
import type { PartsMutant } from '../steered-sharpness.js';

/** What mutants and variants are made from. */
export const EXPRESSIF_CLASSES = {
  Oracle: RuleOracle,
  Relations: RelationOracle,
  Premises: PremiseOracle,
  Questions: ReferenceQuestions,
  Decisions: ReferenceDecision,
  Explanations: ReferenceExplanation,
  Texts: ReferenceTexts,
  Service: ExpressifReference,
  Face: ReferenceRuleFace,
} as const;
export type ExpressifClasses = typeof EXPRESSIF_CLASSES;

/** The reference adapter for rule bases with one behaviour changed: `M-RULE-<NN>`. */
export type ExpressifMutant = PartsMutant<ExpressifClasses, ExpressifParts>;

type Change<Name extends keyof ExpressifClasses> = (Reference: ExpressifClasses[Name]) => ExpressifClasses[Name];
type Make<Name extends keyof ExpressifClasses> = (id: string, title: string, of: Change<Name>) => ExpressifMutant;

const changing =
  <Name extends keyof ExpressifClasses>(name: Name): Make<Name> =>
  (id, title, of) => ({ id, title, parts: (classes) => ({ [name]: of(classes[name]) }) });

export const oracle = changing('Oracle');
export const relations = changing('Relations');
export const premises = changing('Premises');
export const questions = changing('Questions');
export const decisions = changing('Decisions');
export const explanations = changing('Explanations');
export const texts = changing('Texts');
export const service = changing('Service');
export const face = changing('Face');
