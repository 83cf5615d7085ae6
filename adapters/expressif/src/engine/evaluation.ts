/** Why there may be no number. */
export const INDETERMINATE_REASONS = [
  /** No rule that concludes to the output fired, and the rule base names no default. */
  'nothing-fired',
  /** A premise asks for a value that was not given. */
  'missing',
  /** A premise asks for a value that is no number. */
  'not-a-number',
  /** A premise asks for a value outside the range that the rule base was written for. */
  'out-of-range',
  /** A premise asks for a value that is older than it may be. */
  'expired',
  /** A premise asks for a decision that the model abstained from. */
  'abstained',
  /** A premise asks for what the model's answer does not hold, such as a distance on a grid without spacing. */
  'not-measured',
  /** What fired has no value, such as a set whose every degree is 0 over the range. */
  'no-value',
] as const;

export type IndeterminateReason = (typeof INDETERMINATE_REASONS)[number];

export type OutputEvaluation = {
  readonly name: string;
  /** The degree to which the rules conclude each term that any rule concludes; empty where it is not known. */
  readonly degrees: ReadonlyMap<string, number>;
} & (
  | {
      readonly status: 'determinate';
      readonly value: number;
      /** `default` and `previous` say that no rule fired. */
      readonly source: 'rules' | 'default' | 'previous';
    }
  | {
      readonly status: 'indeterminate';
      readonly reason: IndeterminateReason;
      /** The input that is at fault. */
      readonly variable?: string | undefined;
      /** The rule whose premise asks for it. */
      readonly rule?: string | undefined;
    }
);

export type RuleEvaluation = {
  readonly rule: string;
  /** Of the antecedent, by the rule's weight and the block's activation; NaN where a premise is not known. */
  readonly degree: number;
  readonly fired: boolean;
};

/** What rules conclude from inputs, and how each rule held. */
export type Evaluation = {
  readonly outputs: ReadonlyMap<string, OutputEvaluation>;
  /** Every rule that is enabled, in the order of the rule base. */
  readonly rules: readonly RuleEvaluation[];
  /** Inputs that lay outside their range and were moved to its end, as the rule base demands. */
  readonly clamped: readonly string[];
};
