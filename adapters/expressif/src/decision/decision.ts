import type { IndeterminateReason } from '../engine/evaluation.js';
import type { Explanation, InputSource } from '../explanation/explanation.js';
import type { RelationDegrees } from '../spatial/spatial-relation.js';
import type { ExplanationLanguage } from './decision-request.js';

/** The answer to a question, as its JSON says it (schemas/decision.schema.json). No number of it is NaN or infinite. */
export interface Decision {
  readonly schema: 'deephealth.decision/1';
  readonly requestId: string;
  /** Of the moment that the decision is for, ISO 8601. */
  readonly at: string;
  readonly ruleBase: DecisionRuleBase;
  /** By their names. */
  readonly outputs: Readonly<Record<string, DecisionOutput>>;
  /** Every rule that is enabled, in the order of the rule base. */
  readonly rules: readonly DecisionRule[];
  /** What the rules read, by the names of the variables. */
  readonly inputs: Readonly<Record<string, DecisionInput>>;
  /** Inputs that lay outside their range and were moved to its end, as the rule base demands. */
  readonly clamped: readonly string[];
  /** Of the model's answer, word for word. */
  readonly warnings: readonly { readonly kind: string; readonly field: string; readonly message: string }[];
  readonly explanation?: Explanation;
  readonly text: Readonly<Partial<Record<ExplanationLanguage, string>>>;
  readonly notice: string;
}

export interface DecisionRuleBase {
  readonly id: string;
  readonly title: string;
  /** Counts live edits; 1 is what the package holds. */
  readonly version: number;
  /** SHA-256 of the rules as they are evaluated. */
  readonly digest: string;
  /** The package that the rules came in. */
  readonly packageSha256: string;
}

export type DecisionOutput = {
  readonly unit?: string;
  readonly title?: string;
  /** Degree to which the rules conclude each term that any concludes. */
  readonly degrees: Readonly<Record<string, number>>;
} & (
  | {
      readonly status: 'determinate';
      readonly value: number;
      readonly source: 'rules' | 'default' | 'previous';
      /** Where spatial relations leave the value open: between which values it lies. */
      readonly interval?: DecisionInterval;
    }
  | {
      readonly status: 'indeterminate';
      readonly reason: IndeterminateReason;
      readonly variable?: string;
      readonly rule?: string;
    }
);

/** Ends of the type-reduced set (Karnik and Mendel), by the necessity and possibility of the relations. */
export interface DecisionInterval {
  readonly lower: number;
  readonly upper: number;
}

export interface DecisionRule {
  readonly id: string;
  readonly text: string;
  /** Absent where a premise is not known. */
  readonly degree?: number;
  readonly fired: boolean;
}

export type DecisionInput = {
  readonly unit: string;
  readonly title?: string;
  /** Absent where whoever asked gave the value. */
  readonly model?: InputSource;
} & (
  | { readonly value: number }
  | { readonly degrees: Readonly<Record<string, number>>; readonly relation?: RelationDegrees }
  | { readonly absent: IndeterminateReason }
);

export const NOTICE =
  'Research software, not clinically validated. The rules and the model may be wrong; look at the reasons before you use the result.';
