import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '../errors/deephealth-error.js';

export interface DeliveryLimits {
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal;
  /** How long it is tried, in ms; default one hour. */
  readonly withinMs?: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
const DEFAULT_WITHIN_MS = 3_600_000;

/**
 * Brings a result until the platform takes it. What `send` throws as retryable is tried again, with pauses that grow to
 * two seconds; anything else would not change, and is thrown on: the result is then undelivered, and must be called so.
 *
 * @param send one attempt; made once more it must do no harm, so give the platform an idempotency key
 */
export async function deliverUntilTaken(
  send: (signal: AbortSignal) => Promise<void>,
  { signal, withinMs = DEFAULT_WITHIN_MS }: DeliveryLimits,
): Promise<void> {
  const end = Date.now() + withinMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    if (signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'Nobody wants the result any more.');
    try {
      await send(signal);
      return;
    } catch (thrown) {
      if (!DeepHealthError.from(thrown).retryable || Date.now() + pauseMs > end) throw thrown;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
