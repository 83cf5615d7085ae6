/** Kinds of warning in the order of the contract's numbers. */
export const WARNING_KINDS = [
  'WARNING_KIND_UNSPECIFIED',
  'WARNING_KIND_OUTSIDE_TRAINING_RANGE',
  'WARNING_KIND_IMPUTED',
  'WARNING_KIND_NEAR_THRESHOLD',
  'WARNING_KIND_ABSTAINED',
  'WARNING_KIND_RESEARCH_USE_ONLY',
  'WARNING_KIND_DEPRECATED',
  'WARNING_KIND_PARTLY_EXAMINED',
  'WARNING_KIND_GENERATED_TEXT',
  'WARNING_KIND_HIGHLIGHT_DOUBTFUL',
  'WARNING_KIND_UNLIKE_TRAINING_DATA',
] as const;

/** The bit of a kind in a record. */
export function warningBit(kind: string): number {
  const index = WARNING_KINDS.indexOf(kind as (typeof WARNING_KINDS)[number]);
  return 1 << Math.max(index, 0);
}
