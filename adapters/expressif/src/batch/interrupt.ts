/** Lets go of what is waited for: when a signal aborts, or when nobody wants it any more. */
export class Interrupt {
  readonly #signal: AbortSignal | undefined;
  readonly #waiting = new Set<(reason: unknown) => void>();
  readonly #onAbort = (): void => this.end(this.#signal?.reason);
  #ended: { readonly reason: unknown } | undefined;

  /** @throws the signal's reason where it has aborted */
  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * What the promise gives, or a rejection with the reason of the end. No trace of the wait stays behind, as it
   * would in a race with a promise that lives as long as the batch.
   */
  during<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        promise.catch(() => undefined);
        reject(this.#ended.reason);
        return;
      }
      this.#waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** Rejects every wait, now and later. */
  end(reason: unknown): void {
    this.#ended ??= { reason };
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }
}
