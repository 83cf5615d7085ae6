import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '../errors/deephealth-error.js';

const BACKOFF_MS = [50, 200, 800];

/** Runs a read again while it fails as retryable; three repetitions with growing, jittered pauses. */
export async function withRetries<T>(call: () => Promise<T>): Promise<T> {
  for (const pauseMs of BACKOFF_MS) {
    try {
      return await call();
    } catch (error) {
      const known = DeepHealthError.from(error);
      // A deadline that has passed once is the caller's answer, not a reason to wait three times.
      if (!known.retryable || known.code === 'DH_DEADLINE_EXCEEDED') throw known;
      await delay(Math.max(known.retryAfterMs ?? 0, pauseMs * (0.5 + Math.random())));
    }
  }
  return call();
}
