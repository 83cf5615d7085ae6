/** What a finding is about. Stable: tools may filter by it. */
export type LintCode =
  /** The rule base cannot be evaluated as it stands; the message says why. */
  | 'inconsistent'
  /** An output that no evaluation gave a number for, or that has none at some places. */
  | 'indeterminate-output'
  /** A part of an input's range where no term holds. */
  | 'coverage-gap'
  /** Terms whose degrees add up to 1 nearly everywhere, and to something else at one place. */
  | 'partition-gap'
  /** A part of the input space where no rule of an output fires. */
  | 'silent-region'
  /** Rules with the same antecedent that conclude different terms of one output. */
  | 'conflicting-rules'
  /** As `conflicting-rules`, with antecedents that are not the same but hold nearly together. */
  | 'overlapping-rules'
  | 'duplicate-rules'
  /** A rule that asks for more than another one which concludes the same. */
  | 'subsumed-rule'
  /** A term of an input that no rule asks for, or one of an output that no rule concludes. */
  | 'dead-term'
  /** A rule that fires nowhere in the inputs' ranges. */
  | 'dead-rule'
  /** A rule that no sample made fire, where its block selects among its rules. */
  | 'unselected-rule'
  | 'disabled-rule'
  | 'zero-weight'
  /** An input that counts for nothing, or an output that no rule concludes. */
  | 'unused-variable'
  /** An input without both ends: no value is ever out of its range. */
  | 'unbounded-range'
  /** The values that an output reaches fill little of its declared range. */
  | 'saturation'
  | 'term-outside-range'
  /** A defuzzifier's steps are too wide for the narrowest term. */
  | 'coarse-resolution'
  /** What this report leaves out, and why. */
  | 'examined-in-part';

export type LintSeverity = 'error' | 'warning' | 'note';

export type LintPlace = {
  readonly variable?: string;
  readonly term?: string;
  readonly block?: string;
  /** Their ids, in the order of the rule base. */
  readonly rules?: readonly string[];
};

/** The figures behind a finding, ready for JSON: no figure is infinite or NaN. */
export type LintEvidence = Readonly<
  Record<string, number | string | readonly number[] | readonly string[] | Readonly<Record<string, number>>>
>;

/** Something about a rule base that somebody should look at. */
export type LintFinding = {
  readonly code: LintCode;
  readonly severity: LintSeverity;
  /** A sentence or two in English that name the place. */
  readonly message: string;
  readonly place: LintPlace;
  readonly evidence: LintEvidence;
};

const SEVERITIES: readonly LintSeverity[] = ['error', 'warning', 'note'];

/** The worst first; those of one severity by code and then in the order in which they were found. */
export function inOrder(findings: readonly LintFinding[]): LintFinding[] {
  return [...findings].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      (a.code < b.code ? -1 : Number(a.code > b.code)),
  );
}

/** A number for a message: six digits are more than a person compares. */
export const shown = (value: number): string => String(Number(value.toPrecision(6)));

/** A share of 0 to 1 for a message. */
export const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

/** "a", "a" and "b", or "a", "b" and 7 more. */
export function listed(names: readonly string[], most = 6): string {
  const quoted = names.map((name) => `"${name}"`);
  if (quoted.length <= 1) return quoted.join('');
  const rest = quoted.length - most;
  return rest > 0
    ? `${quoted.slice(0, most).join(', ')} and ${rest} more`
    : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}
