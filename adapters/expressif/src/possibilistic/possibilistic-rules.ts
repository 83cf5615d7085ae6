import type { ProbabilityTransform } from './probability-transform.js';

export const POSSIBILISTIC_RULES_FORMAT = 'deephealth.possibilistic-rules/1';

/** A document of possibilistic rules; its schema is schemas/possibilistic-rules.schema.json. */
export type PossibilisticRules = {
  readonly format: typeof POSSIBILISTIC_RULES_FORMAT;
  readonly $comment?: string;
  readonly name: string;
  readonly inputs: readonly PossibilisticInput[];
  /** In the order of their evaluation. */
  readonly outputs: readonly PossibilisticOutput[];
};

type Attribute = {
  readonly name: string;
  /** All that the attribute can be: the values exclude each other, and one of them holds. */
  readonly values: readonly string[];
};

export type PossibilisticInput = Attribute &
  ({ readonly given: 'possibility' } | { readonly given: 'probability'; readonly transform: ProbabilityTransform });

export type PossibilisticOutput = Attribute & { readonly rules: readonly PossibilisticRule[] };

/** If all premises hold then the output's value is one of `conclude`. */
export type PossibilisticRule = {
  readonly id: string;
  readonly $comment?: string;
  readonly if: readonly Premise[];
  readonly conclude: readonly string[];
  /** Possibility of the conclusion where the premises do not hold, 0 to 1. */
  readonly s: number;
  /** Possibility of a value outside the conclusion where the premises hold, 0 to 1; 0 is a rule without exceptions. */
  readonly r: number;
};

/** The attribute's value is one of these. */
export type Premise = { readonly attribute: string; readonly in: readonly string[] };
