import type { Profile, TimeoutClass } from '../cases/case-types.js';

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
/** A case of runs of chains is several of them, each a handful of processes. */
export const CHAIN_CASE_LIMIT_MS = 240_000;

export function caseLimitMs(profile: Profile): number {
  return profile === 'processing-chain' ? CHAIN_CASE_LIMIT_MS : CASE_LIMIT_MS;
}

/** By how much a benign variant answers later than the reference, in ms. */
export const BENIGN_LATENCY_MS = 150;
/** A run that takes longer is ended: what was not run until then is said. */
export const RUN_LIMIT_MS = 20 * 60_000;

/** By when a target that the suite starts must have printed its handshake: it may verify all models before. */
export const START_LIMIT_MS = 180_000;
/** What an adapter is given time for, in ms; each is the longest that conforms. */
export const ADAPTER_TIMES_MS = {
  /** By how much the deadline that the runtime sees may differ from the caller's. */
  deadlineTolerance: 500,
  /** From a caller's cancellation to the runtime's end of the call. */
  cancelObserved: 1_000,
  /** From an event of the platform to its result, with a runtime that answers at once. */
  delivery: 5_000,
  /** From the platform's return to the result that it could not take before. */
  redelivery: 10_000,
  /** From the runtime's return to the first right answer. */
  reconnect: 5_000,
  /** From a change of the runtime's state to that of the adapter's readiness. */
  readiness: 5_000,
  /** Long enough for a second result to come, if there is one. */
  settling: 300,
  /** What a slow platform takes to give the inputs. */
  slowPlatform: 1_000,
  /** What a platform gives an adapter where no answer is to come. */
  shortDeadline: 2_000,
} as const;
/** Longest wait for an answer of a harness to each command, in ms. Starting may verify all models. */
export const HARNESS_LIMITS_MS = { start: 180_000, reset: 180_000, inject: 10_000, stop: 20_000 } as const;

/** How long a stalled host makes no progress, in ms: long enough that others are answered meanwhile. */
export const STALL_MS = 800;
