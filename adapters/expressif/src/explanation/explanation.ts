import type { IndeterminateReason } from '../engine/evaluation.js';
import type { Hedge } from '../fuzzy/hedges.js';
import type { SNorm, TNorm } from '../fuzzy/norms.js';
import type { Activation } from '../knowledge-base.js';
import type { Contrast } from './contrast.js';

export const EXPLANATION_SCHEMA = 'deephealth.explanation/1';

/**
 * Why a rule base answers what it answers: plain data that survives JSON unchanged. Numbers are finite; what has
 * no finite number is absent. Degrees are 0 to 1, but for those of conclusions that no aggregation keeps there.
 */
export type Explanation = {
  readonly schema: typeof EXPLANATION_SCHEMA;
  readonly ruleBase: string;
  /** A degree of up to it counts as "not fired". */
  readonly epsilon: number;
  /** Rules that fired, and those that something other than their premises kept from firing; in their order. */
  readonly rules: readonly RuleExplanation[];
  /** Rules whose premises hold to no degree that counts. */
  readonly restingRules: readonly string[];
  readonly outputs: readonly OutputExplanation[];
  /** As asked for in the options. */
  readonly contrasts: readonly Contrast[];
};

/** The model that stands behind an input, as who bound it says; carried along, never computed here. */
export type InputSource = {
  readonly model: { readonly name: string; readonly version: string; readonly packageSha256: string };
  /** Of what the model was given. */
  readonly inputSha256: string;
  readonly requestId?: string;
  /** Which output of the model, such as the name of a class. */
  readonly output?: string;
  /** What became of the output before the rules read it. */
  readonly transform?: string;
};

/** An input as the rules read it. */
export type InputExplanation = {
  readonly name: string;
  readonly isEnabled: boolean;
  /** `none` where `fault` says why it cannot be used. */
  readonly given: 'value' | 'degrees' | 'none';
  /** In the unit of the variable, after it was moved into the range where the rule base demands that. */
  readonly value?: number;
  readonly isClamped?: true;
  readonly fault?: IndeterminateReason;
  readonly unit?: string;
  /** Ends of the range that are finite. */
  readonly low?: number;
  readonly high?: number;
  readonly source?: InputSource;
};

/** One premise where it stands in a rule. */
export type PremiseExplanation = {
  /** From the left in its rule, from 1. */
  readonly position: number;
  /** As the rule says it, such as `map is not low`. */
  readonly statement: string;
  readonly variable: string;
  readonly hedges: readonly Hedge[];
  /** Absent where the premise asks for none. */
  readonly term?: string;
  /** To which the value is a member of the term, before the hedges. */
  readonly membership?: number;
  /** After the hedges, as the evaluation recorded it. */
  readonly degree?: number;
  /** The rule base disables the variable. */
  readonly isDisabled?: true;
  /** Where the premise is about an input. */
  readonly input?: InputExplanation;
  /** Where the premise is about an output: the rules that fired and conclude the term. */
  readonly concludedBy?: readonly string[];
};

/**
 * How an expression comes to its degree, from the recorded degrees. `one`: it has the degree of one side, the
 * other could be left out. `tie`: both sides have that degree (up to rounding) and either would do. `all`: every
 * side counts; `main` limits the most, the lowest side of an `and` and the highest of an `or`. Sides that do not
 * count are not listed.
 */
export type DecidingPath =
  | { readonly kind: 'premise'; readonly position: number; readonly degree: number }
  | {
      readonly kind: 'and' | 'or';
      readonly norm: TNorm | SNorm;
      readonly degree: number;
      readonly by: 'one' | 'tie' | 'all';
      /** From the left. */
      readonly parts: readonly DecidingPath[];
      /** Which of `parts`, from 0. */
      readonly main: number;
    };

/**
 * `fired`; or what kept the rule from it: `weight`, the `activation` of its block, an unknown premise of its own
 * (`unknown-premise`) or of a rule of its block against which it is chosen (`unknown-block`), or because rule or
 * block are disabled.
 */
export type RuleOutcome =
  | 'fired'
  | 'weight'
  | 'activation'
  | 'unknown-premise'
  | 'unknown-block'
  | 'rule-disabled'
  | 'block-disabled';

export type RuleExplanation = {
  /** Its id. */
  readonly rule: string;
  /** The rule in the words of the FuzzyLite language. */
  readonly text: string;
  readonly block: string;
  readonly activation: Activation['name'];
  readonly weight: number;
  readonly outcome: RuleOutcome;
  /** Of the antecedent alone. Absent where it is not known or was not evaluated. */
  readonly antecedentDegree?: number;
  /** With which the rule fires: by weight and activation. Only where it fired. */
  readonly degree?: number;
  readonly premises: readonly PremiseExplanation[];
  /** How the antecedent comes to its degree. Only where the rule fired. */
  readonly deciding?: DecidingPath;
};

export type PremiseReference = { readonly rule: string; readonly position: number };

/** How far the rules conclude one term of an output. */
export type ConclusionExplanation = {
  readonly term: string;
  readonly degree: number;
  /** How several rules are combined; `UnboundedSum` where the output names nothing. */
  readonly aggregation: SNorm;
  /** Every rule that fired and concludes the term, with the degree that its conclusion has after the hedges on it. */
  readonly rules: readonly { readonly rule: string; readonly degree: number; readonly hedges: readonly Hedge[] }[];
  /** As in a deciding path; `main` is the rule that concludes the most. */
  readonly decidedBy: { readonly by: 'one' | 'tie' | 'all'; readonly main: string; readonly rules: readonly string[] };
  /**
   * What becomes of the degree without what decides it: the main deciding premise of the main rule, and all that
   * tie with it. To take a premise away is to write the rule without it (a rule's only premise: without the rule);
   * in a conjunction this is the premise at 1, in a disjunction at 0. Found by evaluation.
   */
  readonly necessity: {
    readonly removed: readonly PremiseReference[];
    /** Absent where no degree is left, as after a root of what is below 0. */
    readonly degreeWithout?: number;
    /** False where others make up for it, as a sum that is cut off at 1 or a choice among rules allows. */
    readonly isChanged: boolean;
  };
  /**
   * Rules, each with some of its premises, that alone give the same degree. None of the rules can be left out of
   * what its conclusion's degree combines, and none of the premises out of its rule's degree. Where rules of a
   * block fire by their share of it, all that have one are here.
   */
  readonly justification: readonly JustifyingRule[];
};

export type JustifyingRule = {
  readonly rule: string;
  /** Positions. */
  readonly premises: readonly number[];
};

/** What leaving one rule out does to an output's value; found by evaluation. */
export type Contribution = { readonly rule: string } & (
  | {
      readonly kind: 'value';
      readonly valueWithout: number;
      /** The value less `valueWithout`. */
      readonly difference: number;
    }
  /** No rule would conclude to the output. */
  | { readonly kind: 'nothing-fired' }
  /** What then fires has no value. */
  | { readonly kind: 'no-value' }
);

/** A rule's part in a value that weighs conclusions (Takagi-Sugeno, Tsukamoto). */
export type WeightShare = {
  readonly rule: string;
  readonly term: string;
  readonly degree: number;
  /** The degree's part of the sum of degrees. */
  readonly share: number;
  /** What the rule concludes on its own. */
  readonly conclusion?: number;
};

/**
 * Statements about the output that hold and play no part in it (after I. Baaj and J.-P. Poli): in no justification
 * of its conclusions, nor tied with what decides them.
 */
export type Unexpectedness = {
  /** From which degree a statement is notable. */
  readonly from: number;
  readonly rules: readonly { readonly rule: string; readonly antecedentDegree: number }[];
  /** Each statement once, where it stands first. */
  readonly premises: readonly (PremiseReference & { readonly statement: string; readonly degree: number })[];
};

/** A value that an output waits for. */
export type Want = {
  readonly reason: IndeterminateReason;
  readonly input: InputExplanation;
  /** `degree`: the input was given as degrees, and that of `term` is at fault. */
  readonly wanted: 'value' | 'degree';
  readonly rule: string;
  /** Of the premise; absent where the conclusion of the rule asks for the value. */
  readonly position?: number;
  /** The premise as the rule says it. */
  readonly statement?: string;
  /** Of the premise, or of the conclusion that asks. */
  readonly term: string;
  /** What would do: from `low` to `high`, where the range has these ends. */
  readonly low?: number;
  readonly high?: number;
};

export type OutputExplanation = {
  readonly output: string;
  readonly unit?: string;
  readonly isEnabled: boolean;
  readonly defuzzifier?: string;
  readonly conclusions: readonly ConclusionExplanation[];
  /** The terms of the highest degree. */
  readonly strongest: readonly string[];
  /** The largest first; empty where the value is taken from a set. */
  readonly shares: readonly WeightShare[];
  /** In the order of the rules: those that conclude to the output, and others that move its value. */
  readonly contributions: readonly Contribution[];
  readonly unexpected: Unexpectedness;
} & (
  | {
      readonly status: 'determinate';
      /** Absent where it is a default without an end. */
      readonly value?: number;
      readonly source: 'rules' | 'default' | 'previous';
    }
  | { readonly status: 'indeterminate'; readonly reason: IndeterminateReason; readonly wants: readonly Want[] }
);
