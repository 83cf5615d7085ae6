import type { Rule } from '../knowledge-base.js';

/**
 * A rule of the FuzzyLite language, as `if lactate is raised then risk is large with 0.5`. In an addition the id
 * may be left to the rule base. A text says nothing of whether the rule is enabled: a new one is, and a changed one
 * stays what it was.
 */
export type RuleText = { readonly id?: string; readonly text: string };

/** One change of the rules of a rule base. A rule keeps its id for as long as it is there. */
export type RuleChange =
  /** Puts a rule in front of another of the block, or at its end. */
  | { readonly kind: 'add'; readonly block: string; readonly rule: Rule | RuleText; readonly before?: string }
  /** Puts a rule in the place of the one of the same id. */
  | { readonly kind: 'change'; readonly rule: Rule | (RuleText & { readonly id: string }) }
  | { readonly kind: 'remove' | 'enable' | 'disable'; readonly id: string }
  /** @param weight 0 to 1 */
  | { readonly kind: 'set-weight'; readonly id: string; readonly weight: number };

/** A change with the rule as data and its id, whatever it was given as. */
export type ResolvedChange =
  | { readonly kind: 'add'; readonly block: string; readonly rule: Rule; readonly before?: string }
  | { readonly kind: 'change'; readonly rule: Rule }
  | Extract<RuleChange, { readonly id: string }>;
