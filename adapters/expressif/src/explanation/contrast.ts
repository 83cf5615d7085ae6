/** What to look for: which change of one input alone, all others as they are, would change the answer. */
export type ContrastRequest = {
  readonly output: string;
  /**
   * That a term becomes the strongest, or that the value passes to the other side of a threshold (at or above, or
   * below). Where neither is named: that a term becomes the strongest which is not now.
   */
  readonly goal?: { readonly term: string } | { readonly threshold: number } | undefined;
  /** Inputs that cannot be changed, such as an age. */
  readonly fixed?: readonly string[] | undefined;
  /** Values that an input can take, where it cannot take all of its range, such as a code. */
  readonly values?: Readonly<Record<string, readonly number[]>> | undefined;
};

export type ContrastGoal =
  | {
      readonly kind: 'other-term';
      /** Now the strongest; none where nothing is concluded. */
      readonly from: readonly string[];
    }
  | { readonly kind: 'term'; readonly term: string; readonly from: readonly string[] }
  | {
      readonly kind: 'threshold';
      readonly threshold: number;
      readonly from: number;
      readonly side: 'at-or-above' | 'below';
    };

/** Which values of an input were tried. None lies outside its range. */
export type SearchedValues =
  | {
      readonly kind: 'range';
      readonly low: number;
      readonly high: number;
      /** Apart from the corners of its terms, a value was tried every `grid`: what holds between two is not seen. */
      readonly grid: number;
      /** The change is the smallest up to this. */
      readonly resolution: number;
    }
  | { readonly kind: 'values'; readonly values: readonly number[] };

export type SearchedInput = { readonly input: string; readonly unit?: string; readonly searched: SearchedValues };

/** A change that was evaluated and reaches the goal. */
export type InputChange = SearchedInput & {
  readonly from: number;
  readonly to: number;
  /** `to` less `from`. */
  readonly change: number;
  /** The size of the change as a part of the values that were searched. */
  readonly relativeChange: number;
  /** The output at `to`. */
  readonly reached: { readonly value?: number; readonly strongest: readonly string[] };
};

/** The result of a search: not a proof, and not advice. */
export type Contrast = {
  readonly output: string;
  /**
   * `none`: no change of a single input that was tried does it. `already`: the term is the strongest now.
   * `not-known`: there is no conclusion, or no value, to start from.
   */
  readonly status: 'found' | 'none' | 'already' | 'not-known';
  readonly goal?: ContrastGoal;
  /** For each input that can do it alone its smallest change; the relatively smallest first. */
  readonly changes: readonly InputChange[];
  /** Inputs of which no value that was tried does it. */
  readonly withoutEffect: readonly SearchedInput[];
  readonly notVaried: readonly {
    readonly input: string;
    readonly because: 'fixed' | 'disabled' | 'not-given' | 'given-as-degrees';
  }[];
};
