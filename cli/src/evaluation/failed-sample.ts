/** A sample without a result. Every sample of the split is either here or among the results. */
export interface FailedSample {
  readonly index: number;
  readonly location: string;
  readonly code: string;
  readonly message: string;
}
