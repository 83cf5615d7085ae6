/** What verification found out about running several items at once. */
export interface BatchingProof {
  /** Largest run whose results were bit-identical to those of single items; 1 if none was. */
  readonly provenSize: number;
  /** Sizes that are used, ascending; always holds 1. Only proven sizes are in it. */
  readonly servedSizes: readonly number[];
  /** Extents of an item's inputs, without the batch axis; items of other extents run alone. */
  readonly itemShapes: Readonly<Record<string, readonly number[]>>;
  /** Items per second at the largest served size, in units of those at size 1. */
  readonly gain: number;
  /** One sentence for people. */
  readonly reason: string;
}

/** Every item runs alone, for this reason. */
export function alone(reason: string, provenSize = 1): BatchingProof {
  return { provenSize, servedSizes: [1], itemShapes: {}, gain: 1, reason };
}
