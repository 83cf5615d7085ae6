import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '../errors/deephealth-error.js';

const BACKOFF_MS = [50, 200, 800];

/** How long repetitions may go on. */
export interface RetryLimits {
  /** Absolute deadline of the call with all its repetitions, in ms since the epoch. */
  readonly deadlineAt: number;
  /** Ends a pause; the promise rejects with DH_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a read again while it fails as retryable; three repetitions with growing, jittered pauses.
 * A pause that would outlast the deadline is not made: the caller gets the failure at once.
 */
export async function withRetries<T>(call: () => Promise<T>, { deadlineAt, signal }: RetryLimits): Promise<T> {
  for (const backoffMs of BACKOFF_MS) {
    try {
      return await call();
    } catch (error) {
      const known = DeepHealthError.from(error);
      // A deadline that has passed once is the caller's answer, not a reason to wait three times.
      if (!known.retryable || known.code === 'DH_DEADLINE_EXCEEDED') throw known;
      const pauseMs = Math.max(known.retryAfterMs ?? 0, backoffMs * (0.5 + Math.random()));
      if (Date.now() + pauseMs >= deadlineAt) throw known;
      await pause(pauseMs, signal);
    }
  }
  return call();
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new DeepHealthError('DH_CANCELLED', 'The call was cancelled before it was repeated.', { cause });
  }
}
