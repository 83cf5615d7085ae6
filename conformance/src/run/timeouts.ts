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

/** By how much a benign variant answers later than the reference, in ms. */
export const BENIGN_LATENCY_MS = 150;
/** A run that takes longer is ended: what was not run until then is said. */
export const RUN_LIMIT_MS = 20 * 60_000;

/** By when a target that the suite starts must have printed its handshake: it may verify all models before. */
export const START_LIMIT_MS = 180_000;
