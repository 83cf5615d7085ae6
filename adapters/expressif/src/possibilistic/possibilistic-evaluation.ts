import type { PossibilityExplanation } from './explain-possibility.js';
import type { Premise } from './possibilistic-rules.js';
import type { DistributionFault, PossibilityDistribution } from './possibility-distribution.js';

export type PossibilisticOutputEvaluation = { readonly name: string } & (
  | {
      readonly status: 'determinate';
      readonly distribution: PossibilityDistribution;
      /**
       * How far the distribution is from calling any value entirely possible: to that degree rules and inputs
       * contradict each other. Nothing is rescaled; above 0, possibility and necessity are not coherent.
       */
      readonly inconsistency: number;
      /** Outputs with an inconsistency above 0 that the rules read, at first or at second hand. */
      readonly inconsistentPremises: readonly string[];
      /** By values. */
      readonly explanations: ReadonlyMap<string, PossibilityExplanation>;
    }
  | ({ readonly status: 'indeterminate' } & PremiseFault)
);

/** A premise that cannot be judged, the rule that asked for it first, and what is wrong with the attribute's input. */
export type PremiseFault = {
  readonly reason: DistributionFault['reason'];
  readonly premise: Premise;
  readonly rule: string;
  /** The value of the attribute at fault. */
  readonly value?: string | undefined;
};

export type PossibilisticRuleEvaluation = {
  readonly rule: string;
  /** Possibility that the premises hold; NaN where one cannot be judged. */
  readonly lambda: number;
  /** Possibility that one of them does not. */
  readonly rho: number;
  /** How possible the rule leaves each value that it concludes. */
  readonly alpha: number;
  /** How possible the rule leaves each value that it does not conclude. */
  readonly beta: number;
};

export type PossibilisticEvaluation = {
  readonly outputs: ReadonlyMap<string, PossibilisticOutputEvaluation>;
  /** Every rule, in the order of the document. */
  readonly rules: readonly PossibilisticRuleEvaluation[];
};
