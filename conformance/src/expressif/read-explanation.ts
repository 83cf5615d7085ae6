import { TargetFailure } from '../run/case-result.js';
import type { PremiseSource } from './decision.js';

/** `deephealth.explanation/1`, as far as cases look at it. */
export interface ReadExplanation {
  readonly schema: 'deephealth.explanation/1';
  /** Rules that fired, and those that something else than their premises kept from it. */
  readonly rules: readonly ExplainedRule[];
  readonly restingRules: readonly string[];
  readonly outputs: readonly ExplainedOutput[];
}

export interface ExplainedRule {
  readonly rule: string;
  readonly outcome: string;
  readonly antecedentDegree?: number;
  readonly degree?: number;
  readonly premises: readonly ExplainedPremise[];
  readonly deciding?: DecidingPath;
}

export interface ExplainedPremise {
  /** From the left, from 1. */
  readonly position: number;
  readonly variable: string;
  readonly term?: string;
  readonly degree?: number;
  readonly input?: { readonly name: string; readonly source?: PremiseSource };
}

export type DecidingPath =
  | { readonly kind: 'premise'; readonly position: number; readonly degree: number }
  | {
      readonly kind: 'and' | 'or';
      readonly degree: number;
      readonly parts: readonly DecidingPath[];
      readonly main: number;
    };

export interface ExplainedOutput {
  readonly output: string;
  readonly status: 'determinate' | 'indeterminate';
  readonly conclusions: readonly ExplainedConclusion[];
  /** Of an indeterminate one. */
  readonly reason?: string;
  readonly wants?: readonly {
    readonly reason: string;
    readonly input: { readonly name: string };
    readonly rule: string;
  }[];
}

export interface ExplainedConclusion {
  readonly term: string;
  readonly degree: number;
  readonly rules: readonly { readonly rule: string; readonly degree: number }[];
  readonly decidedBy: { readonly main: string; readonly rules: readonly string[] };
  readonly justification: readonly { readonly rule: string; readonly premises: readonly number[] }[];
}

/** The explanation of a decision. Throws TargetFailure for what has another form. */
export function readExplanation(explanation: unknown): ReadExplanation {
  const { schema, rules, restingRules, outputs } = (explanation ?? {}) as Partial<ReadExplanation>;
  if (schema !== 'deephealth.explanation/1') throw new TargetFailure('the decision holds no deephealth.explanation/1');
  const lists = { rules, restingRules, outputs };
  for (const [name, list] of Object.entries(lists)) {
    if (!Array.isArray(list)) throw new TargetFailure(`the explanation has no list "${name}"`);
  }
  for (const { rule, premises } of rules ?? []) {
    if (typeof rule !== 'string' || !Array.isArray(premises)) {
      throw new TargetFailure('a rule of the explanation has no id, or no list of its premises');
    }
  }
  for (const { output, conclusions } of outputs ?? []) {
    const isWhole = ({ term, degree, rules: of, decidedBy, justification }: ExplainedConclusion) =>
      typeof term === 'string' &&
      typeof degree === 'number' &&
      Array.isArray(of) &&
      typeof decidedBy?.main === 'string' &&
      Array.isArray(justification) &&
      justification.every(({ premises }) => Array.isArray(premises));
    if (typeof output !== 'string' || !Array.isArray(conclusions) || !conclusions.every(isWhole)) {
      throw new TargetFailure('an output of the explanation has another form than deephealth.explanation/1');
    }
  }
  return explanation as ReadExplanation;
}
