import type { IndeterminateReason } from '../engine/evaluation.js';
import type { InputChange, SearchedInput } from './contrast.js';
import type { RuleExplanation, Want } from './explanation.js';
import type { Writing } from './writing.js';

/** What each sentence of an explanation is told. Every sentence stands by itself; none is put together from parts. */
export type PhraseParameters = {
  readonly heading: { readonly ruleBase: string };
  readonly caveat: Record<never, never>;
  readonly valueFromRules: { readonly output: string; readonly value: number; readonly unit: string | undefined };
  readonly valueFromDefault: { readonly output: string; readonly value: number; readonly unit: string | undefined };
  readonly valueFromBefore: { readonly output: string; readonly value: number; readonly unit: string | undefined };
  readonly valueWithoutEnd: { readonly output: string };
  readonly noValue: { readonly output: string; readonly reason: IndeterminateReason };
  readonly fault: Want;
  readonly resolved: Want;
  readonly asksPremise: { readonly rule: string; readonly statement: string };
  readonly asksConclusion: { readonly rule: string; readonly term: string; readonly input: string };
  readonly conclusion: { readonly output: string; readonly term: string; readonly degree: number };
  readonly ruleDecides: { readonly rule: string };
  readonly rulesTie: { readonly rules: readonly string[] };
  readonly rulesCount: { readonly rules: readonly string[]; readonly main: string };
  readonly rule: { readonly rule: string; readonly text: string };
  readonly ruleFires: { readonly rule: string; readonly degree: number };
  /** Where weight or activation make another degree of that of the premises. */
  readonly ruleFiresWeighted: {
    readonly rule: string;
    readonly degree: number;
    readonly antecedentDegree: number;
    readonly weight: number;
    readonly activation: string;
  };
  readonly conclusionHedged: { readonly rule: string; readonly hedges: readonly string[]; readonly degree: number };
  readonly premiseDecides: PremiseParameters;
  readonly premiseTies: PremiseParameters;
  readonly premiseCounts: PremiseParameters;
  readonly premiseCountsMost: PremiseParameters;
  readonly inputValue: {
    readonly input: string;
    readonly value: number;
    readonly unit: string | undefined;
    readonly term: string;
    readonly membership: number;
  };
  readonly inputDegree: { readonly input: string; readonly term: string; readonly membership: number };
  readonly inputClamped: { readonly input: string };
  readonly variableDisabled: { readonly variable: string };
  readonly inputSource: { readonly input: string; readonly model: string; readonly version: string };
  readonly concludedBefore: {
    readonly output: string;
    readonly term: string;
    readonly membership: number;
    readonly rules: readonly string[];
  };
  readonly concludedByNone: { readonly output: string; readonly term: string };
  readonly hedged: { readonly hedges: readonly string[]; readonly degree: number };
  readonly necessary: { readonly premises: readonly CitedPremise[]; readonly degreeWithout: number };
  readonly notNecessary: { readonly premises: readonly CitedPremise[] };
  readonly justification: {
    readonly rules: readonly { readonly rule: string; readonly statements: readonly string[] }[];
  };
  readonly share: {
    readonly rule: string;
    readonly term: string;
    readonly share: number;
    readonly conclusion: number | undefined;
    readonly unit: string | undefined;
  };
  readonly contribution: {
    readonly rule: string;
    readonly value: number;
    readonly valueWithout: number;
    readonly unit: string | undefined;
  };
  readonly contributionNone: { readonly rule: string };
  readonly contributionAll: { readonly rule: string; readonly output: string };
  readonly contributionNoValue: { readonly rule: string; readonly output: string };
  readonly ruleLeftOut: Pick<RuleExplanation, 'rule' | 'outcome' | 'activation' | 'weight' | 'block'> & {
    readonly antecedentDegree: number | undefined;
  };
  readonly unexpectedRule: { readonly rule: string; readonly degree: number };
  readonly unexpectedPremise: { readonly statement: string; readonly rule: string; readonly degree: number };
  readonly changeTerms: ChangeParameters & { readonly strongest: readonly string[] };
  readonly changeValue: ChangeParameters & {
    readonly value: number;
    readonly threshold: number;
    readonly unit: string | undefined;
  };
  readonly changeNone: { readonly output: string };
  readonly changeAlready: { readonly output: string; readonly term: string };
  readonly changeUnknown: { readonly output: string };
  readonly searched: SearchedInput;
  readonly notVaried: {
    readonly input: string;
    readonly because: 'fixed' | 'disabled' | 'not-given' | 'given-as-degrees';
  };
};

export type CitedPremise = { readonly rule: string; readonly statement: string };

type PremiseParameters = { readonly statement: string; readonly degree: number };
type ChangeParameters = { readonly output: string; readonly change: InputChange };

/** The sentences of a language. */
export type Phrases = {
  readonly [Name in keyof PhraseParameters]: (parameters: PhraseParameters[Name], write: Writing) => string;
};

/** A sentence about a range, by which of its ends there are. */
type Sentences = {
  readonly between: (low: string, high: string) => string;
  readonly from: (low: string) => string;
  readonly upTo: (high: string) => string;
  readonly any: () => string;
};

/** Chooses the sentence for a range that may lack an end. */
export function byRange(
  { low, high, unit }: { low: number | undefined; high: number | undefined; unit: string | undefined },
  write: Writing,
  sentences: Sentences,
): string {
  if (low !== undefined && high !== undefined) return sentences.between(write.given(low), write.given(high, unit));
  if (low !== undefined) return sentences.from(write.given(low, unit));
  return high !== undefined ? sentences.upTo(write.given(high, unit)) : sentences.any();
}
