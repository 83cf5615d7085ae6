/** One sample that a classifier has answered. */
export interface ClassifiedSample {
  /** Place in the dataset, from 0. */
  readonly index: number;
  readonly location: string;
  /** Classes of the truth, as places in the model's list. */
  readonly truth: readonly number[];
  /** Probability of each class of the model. */
  readonly probabilities: readonly number[];
  /** Classes decided for; empty too where the model abstained. */
  readonly decision: readonly number[];
  readonly abstained: boolean;
}

/** One sample whose mask a model has drawn; counts of pixels on the model's grid. */
export interface SegmentedSample {
  readonly index: number;
  readonly location: string;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}
