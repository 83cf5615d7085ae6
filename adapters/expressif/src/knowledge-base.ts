import type { Hedge } from './fuzzy/hedges.js';
import type { SNorm, TNorm } from './fuzzy/norms.js';
import type { ShapeName } from './fuzzy/shapes.js';

/** A fuzzy rule base, whatever the format that it was read from. */
export type KnowledgeBase = {
  readonly name: string;
  readonly inputs: readonly InputVariable[];
  readonly outputs: readonly OutputVariable[];
  /** In the order in which they are evaluated. */
  readonly ruleBlocks: readonly RuleBlock[];
};

export type Variable = {
  readonly name: string;
  /** As the rule base names it, where its format can. */
  readonly unit?: string | undefined;
  readonly enabled: boolean;
  /** Lowest and highest value, in the variable's unit; either may be infinite. */
  readonly range: readonly [number, number];
  /** Whether a value outside the range is moved to its nearest end, as the rule base demands. */
  readonly lockRange: boolean;
  readonly terms: readonly Term[];
};

export type InputVariable = Variable;

export type OutputVariable = Variable & {
  /** How what several rules conclude is combined. Absent where the defuzzifier combines. */
  readonly aggregation?: SNorm | undefined;
  readonly defuzzifier?: Defuzzifier | undefined;
  /** What holds where no rule fires. NaN where the rule base names nothing. */
  readonly default: number;
  /** Whether the last value that rules gave holds where no rule fires. */
  readonly lockPrevious: boolean;
};

export type IntegralDefuzzifierName =
  | 'Centroid'
  | 'Bisector'
  | 'SmallestOfMaximum'
  | 'LargestOfMaximum'
  | 'MeanOfMaximum';

export type Defuzzifier =
  | {
      readonly kind: 'integral';
      readonly name: IntegralDefuzzifierName;
      /** How many equal steps the range is cut into; the set is sampled in the middle of each. */
      readonly resolution: number;
    }
  | {
      readonly kind: 'weighted';
      readonly name: 'WeightedAverage' | 'WeightedSum';
      /** What a conclusion's value is: of the rule's inputs (Takagi-Sugeno) or of its degree (Tsukamoto). */
      readonly method: 'Automatic' | 'TakagiSugeno' | 'Tsukamoto' | 'InverseTsukamoto';
      /**
       * Whether the degrees of rules that conclude the same term are combined by the output's `aggregation` before
       * they weigh its value, as IEC 61131-7 has it for singletons. Otherwise each rule counts by itself.
       */
      readonly isGrouped?: boolean;
    };

export type Term = {
  readonly name: string;
  readonly definition: TermDefinition;
};

export type TermDefinition =
  | {
      readonly kind: 'shape';
      readonly shape: ShapeName;
      readonly parameters: readonly number[];
      readonly height: number;
    }
  /** Straight lines between points; the ends are held. `x` ascends; where it repeats there is a jump. */
  | { readonly kind: 'discrete'; readonly points: readonly (readonly [number, number])[]; readonly height: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** One coefficient for each input in its order, then the constant. */
  | { readonly kind: 'linear'; readonly coefficients: readonly number[] }
  | { readonly kind: 'function'; readonly formula: string };

export type RuleBlock = {
  readonly name: string;
  readonly enabled: boolean;
  readonly conjunction?: TNorm | undefined;
  readonly disjunction?: SNorm | undefined;
  readonly implication?: TNorm | undefined;
  readonly activation: Activation;
  readonly rules: readonly Rule[];
};

export type Activation =
  | { readonly name: 'General' | 'Proportional' }
  /** The first or last `count` rules whose degree is not 0 and at least `threshold`. */
  | { readonly name: 'First' | 'Last'; readonly count: number; readonly threshold: number }
  | { readonly name: 'Highest' | 'Lowest'; readonly count: number }
  | { readonly name: 'Threshold'; readonly comparison: Comparison; readonly threshold: number };

export type Comparison = '<' | '<=' | '==' | '!=' | '>=' | '>';

export type Rule = {
  /** How explanations cite the rule. Unique in the rule base. */
  readonly id: string;
  readonly enabled: boolean;
  /** 0 to 1. */
  readonly weight: number;
  readonly antecedent: Antecedent;
  readonly consequents: readonly Proposition[];
};

export type Antecedent =
  | ({ readonly kind: 'is' } & Proposition)
  | { readonly kind: 'and' | 'or'; readonly left: Antecedent; readonly right: Antecedent };

export type Proposition = {
  readonly variable: string;
  /** In the order in which they are written; the last is applied first. */
  readonly hedges: readonly Hedge[];
  /** Absent after `any`, which asks for none. */
  readonly term?: string | undefined;
};
