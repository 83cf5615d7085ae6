/** What one model version may take, and how long. */
export interface ModelLimits {
  /** Memory of a host; a manifest may ask for less. */
  readonly memoryMiB: number;
  readonly loadTimeoutMs: number;
  readonly runTimeoutMs: number;
  /** Time that a run may go on after its caller has left, before its host is replaced. */
  readonly abandonGraceMs: number;
  readonly maxQueueLength: number;
  readonly intraOpThreads: number;
  /** Largest number of hosts that run one version at the same time; a manifest may ask for less. */
  readonly instances: number;
  /** Largest run of several items, where it is proven; 1 turns batching off. */
  readonly maxBatchSize: number;
  /** Sequences that may be open at the same time. */
  readonly maxSequences: number;
  /** Resident memory above which a host is replaced by a fresh one between two runs. */
  readonly recycleAboveMiB: number;
}
