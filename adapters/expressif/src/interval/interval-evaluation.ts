import type { IndeterminateReason } from '../engine/evaluation.js';
import type { Interval } from './karnik-mendel.js';

/** Why there is no number; `reversed-interval` says that a lower degree lies above its upper one. */
export type IntervalIndeterminateReason = IndeterminateReason | 'reversed-interval';

export type IntervalOutputEvaluation = {
  readonly name: string;
  /** Between which degrees the rules conclude each term that any rule concludes; empty where it is not known. */
  readonly degrees: ReadonlyMap<string, Interval>;
} & (
  | {
      readonly status: 'determinate';
      /** Ends of the type-reduced set, by Karnik and Mendel. */
      readonly lower: number;
      readonly upper: number;
      /** The middle of the ends, or what Nie and Tan's method gives, as the engine was told. */
      readonly value: number;
      /** `default` and `previous` say that no rule fired, whatever the degrees are within their intervals. */
      readonly source: 'rules' | 'default' | 'previous';
      /** Whether a rule fires even at the lower ends of all degrees. */
      readonly firesForCertain: boolean;
    }
  | {
      readonly status: 'indeterminate';
      readonly reason: IntervalIndeterminateReason;
      /** The input that is at fault. */
      readonly variable?: string | undefined;
      /** The rule whose premise asks for it. */
      readonly rule?: string | undefined;
    }
);

export type IntervalRuleEvaluation = {
  readonly rule: string;
  /** Of the antecedent, by the rule's weight and the block's activation; NaN where a premise is not known. */
  readonly lower: number;
  readonly upper: number;
  /** Whether the rule may fire: its upper degree does. */
  readonly fired: boolean;
};

export type IntervalEvaluation = {
  readonly outputs: ReadonlyMap<string, IntervalOutputEvaluation>;
  /** Every rule that is enabled, in the order of the rule base. */
  readonly rules: readonly IntervalRuleEvaluation[];
  /** Inputs that lay outside their range and were moved to its end, as the rule base demands. */
  readonly clamped: readonly string[];
};
