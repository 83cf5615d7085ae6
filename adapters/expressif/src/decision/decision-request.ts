import type { GoldenInput } from '@deephealth/sdk';

/** A question to a rule base, as its JSON says it (schemas/decision-request.schema.json). */
export interface DecisionRequest {
  /** By the names of the rule base's variables, or of columns of the model. */
  readonly values: ReadonlyMap<string, GivenValue>;
  /** Inputs of the model that are no table. */
  readonly inputs: Readonly<Record<string, GoldenInput>>;
  /** The moment that the decision is for, in ms since the epoch; absent for now. */
  readonly atMs?: number;
  readonly languages: readonly ExplanationLanguage[];
  readonly explain: boolean;
  readonly requestId?: string;
}

export type ExplanationLanguage = 'en' | 'fr';

/** What is said of one fact, with its time where that is told. */
export type GivenValue = { readonly atMs?: number } & (
  | { readonly kind: 'plain'; readonly value: number | string | boolean | null; readonly unit?: string }
  | { readonly kind: 'degrees'; readonly degrees: Readonly<Record<string, number>> }
);
