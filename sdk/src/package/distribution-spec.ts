import type { Range } from './manifest.js';

/**
 * What prepared inputs looked like in training, by a few numbers of each row and channel of the tensor.
 * An input without these looks is refused, answered with a warning, or answered without a decision.
 */
export interface DistributionSpec {
  /** `abstain`: a warning, and no classification of the answer has a decision. */
  readonly onOutside: 'warn' | 'abstain' | 'refuse';
  /** What the limits were taken from: data set, split, number of samples, quantiles. */
  readonly source: string;
  readonly limits: readonly DistributionLimit[];
  /** What `deephealth limits` took them from; left out for limits that a person wrote. */
  readonly fitted?: FittedDistribution;
}

export interface FittedDistribution {
  /** Name of the dataset, or of its file where it has none. */
  readonly dataset: string;
  /** Name of the split, or "all samples". */
  readonly split: string;
  /** SHA-256 of the dataset file. */
  readonly datasetSha256: string;
  /** SHA-256 over what was measured: the digests of all cases, in the order of the dataset, a line each. */
  readonly casesSha256: string;
  readonly cases: number;
  /** Share of the cases below the lowest and below the highest value that the limits allow. */
  readonly quantiles: Range;
}

export interface DistributionLimit {
  /**
   * `mean`, `std` (population) of the values. `saturated`: share of the values that are the smallest or
   * the largest one. `flat`: share of the values that equal the one before.
   */
  readonly statistic: 'mean' | 'std' | 'saturated' | 'flat';
  /** From 0; without it, every channel is held to the limit by itself. */
  readonly channel?: number;
  /** Both included. */
  readonly range: Range;
}
