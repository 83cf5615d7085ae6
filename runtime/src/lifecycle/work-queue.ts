import { DeepHealthError } from '@deephealth/sdk';

export interface Work<T> {
  /** Absolute deadline in ms since the epoch; Infinity for none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly payload: T;
}

interface Queued<T, R> extends Work<T> {
  resolve(result: R): void;
  reject(error: unknown): void;
  settled: boolean;
  forget(): void;
}

/**
 * First come, first served, bounded. Work whose caller has gone or whose deadline has passed is
 * answered at once and never starts.
 */
export class WorkQueue<T, R> {
  readonly #limit: number;
  readonly #waiting: Queued<T, R>[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Resolves with the result. Rejects with DH_QUEUE_FULL, DH_CANCELLED or DH_DEADLINE_EXCEEDED. */
  add(work: Work<T>): Promise<R> {
    return new Promise((resolve, reject) => {
      if (work.signal.aborted) return reject(gone(work));
      if (work.deadlineMs <= Date.now()) return reject(expired());
      if (this.#waiting.length >= this.#limit) {
        return reject(
          new DeepHealthError('DH_QUEUE_FULL', `${this.#limit} requests already wait for this model.`, {
            retryAfterMs: 1000,
            details: { expected: `at most ${this.#limit} waiting` },
          }),
        );
      }
      const queued: Queued<T, R> = { ...work, resolve, reject, settled: false, forget: () => undefined };
      const leave = (error: DeepHealthError) => {
        if (queued.settled) return;
        queued.settled = true;
        queued.forget();
        const index = this.#waiting.indexOf(queued);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(error);
      };
      const abort = () => leave(gone(work));
      const timer = Number.isFinite(work.deadlineMs)
        ? setTimeout(() => leave(expired()), Math.min(work.deadlineMs - Date.now(), 0x7fffffff))
        : undefined;
      queued.forget = () => {
        clearTimeout(timer);
        work.signal.removeEventListener('abort', abort);
      };
      work.signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(queued);
    });
  }

  /**
   * The next work, if any. From here on only {@link Taken.settle} ends it for the queue, but its
   * caller is still answered at its deadline or cancellation; `isAbandoned` then says so.
   */
  take(): Taken<T, R> | undefined {
    const queued = this.#waiting.shift();
    if (queued === undefined) return undefined;
    return {
      payload: queued.payload,
      deadlineMs: queued.deadlineMs,
      signal: queued.signal,
      get isAbandoned() {
        return queued.settled;
      },
      resolve: (result) => {
        if (queued.settled) return;
        queued.settled = true;
        queued.forget();
        queued.resolve(result);
      },
      reject: (error) => {
        if (queued.settled) return;
        queued.settled = true;
        queued.forget();
        queued.reject(error);
      },
    };
  }

  /** Rejects everything that waits. */
  rejectAll(error: DeepHealthError): void {
    for (let taken = this.take(); taken !== undefined; taken = this.take()) taken.reject(error);
  }
}

export interface Taken<T, R> {
  readonly payload: T;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** True once the caller was answered because it left or its deadline passed. */
  readonly isAbandoned: boolean;
  resolve(result: R): void;
  reject(error: unknown): void;
}

function expired(): DeepHealthError {
  return new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
}

function gone(work: { readonly deadlineMs: number }): DeepHealthError {
  // grpc-js reports a passed deadline as a cancellation, a moment before or after our own timer.
  return work.deadlineMs <= Date.now()
    ? expired()
    : new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
}
