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
}
