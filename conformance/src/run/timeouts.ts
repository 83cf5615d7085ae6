import type { TimeoutClass } from '../cases/case-types.js';

/** Longest wait of each class in ms; printed in the report. */
export const TIMEOUTS_MS: Readonly<Record<TimeoutClass, number>> = {
  connect: 5_000,
  call: 5_000,
  load: 10_000,
  drain: 10_000,
};

/** By when a request that was sent is under way, in ms. */
export const MOMENT_MS = 100;

/** A case that takes longer is ended by itself; the others go on. */
export const CASE_LIMIT_MS = 60_000;

/** Longest wait for an answer of a harness to each command, in ms. Starting may verify all models. */
export const HARNESS_LIMITS_MS = { start: 180_000, reset: 180_000, inject: 10_000, stop: 20_000 } as const;

/** How long a stalled host makes no progress, in ms: long enough that others are answered meanwhile. */
export const STALL_MS = 800;
