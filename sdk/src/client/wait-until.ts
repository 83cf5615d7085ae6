import { DeepHealthError } from '../errors/deephealth-error.js';

/** Longest time that a timer of JavaScript takes; above it, it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface WaitLimits {
  /** In ms since the epoch; may be Infinity. */
  readonly deadlineAt: number;
  /** The error for a deadline that passes. */
  readonly expired: () => DeepHealthError;
  readonly signal?: AbortSignal | undefined;
}

/** What `promise` gives, unless the deadline passes or the signal aborts (DH_CANCELLED) before it does. */
export function waitUntil<T>(promise: Promise<T>, { deadlineAt, expired, signal }: WaitLimits): Promise<T> {
  return new Promise((resolve, reject) => {
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const abort = () => {
      release();
      reject(new DeepHealthError('DH_CANCELLED', 'The call was cancelled before it was sent.'));
    };
    const expire = () => {
      release();
      reject(expired());
    };
    const timer = setTimeout(expire, Math.min(Math.max(0, deadlineAt - Date.now()), MAX_TIMER_MS));
    signal?.addEventListener('abort', abort, { once: true });
    promise.finally(release).then(resolve, reject);
    if (signal?.aborted) abort();
  });
}
