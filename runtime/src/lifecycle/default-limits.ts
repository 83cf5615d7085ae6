import type { ModelLimits } from './model-limits.js';

/** Limits of a model where neither operator nor manifest states others. */
export const DEFAULT_LIMITS: ModelLimits = {
  memoryMiB: 4096,
  loadTimeoutMs: 120_000,
  runTimeoutMs: 30_000,
  abandonGraceMs: 2_000,
  maxQueueLength: 256,
  intraOpThreads: 1,
  instances: 1,
  maxBatchSize: 32,
  maxSequences: 1024,
  // Three quarters of the memory limit: the arena of the engine only grows.
  recycleAboveMiB: 3072,
};
