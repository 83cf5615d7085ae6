import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_DELAY_MS = 500;
/** Between two tries of the same, at most. */
export const LONGEST_DELAY_MS = 60_000;

/** Hands on what waits, the first first, each again and again until it is taken or refused. */
export class InOrder<T> {
  readonly #first: () => T | undefined;
  readonly #deliver: (item: T) => Promise<boolean>;
  readonly #closing = new AbortController();
  #working: Promise<void> | undefined;

  /**
   * @param first what waits for the longest, if anything does
   * @param deliver true once the item no longer waits, false if it is to be tried again; never throws
   */
  constructor(first: () => T | undefined, deliver: (item: T) => Promise<boolean>) {
    this.#first = first;
    this.#deliver = deliver;
  }

  /** To be called at the start and whenever something has come. */
  go(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // Something may have come between the last look and now.
      if (this.#first() !== undefined && !this.#closing.signal.aborted) this.go();
    });
  }

  /** Resolves once nothing is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    let delayMs = FIRST_DELAY_MS;
    for (let item = this.#first(); item !== undefined && !signal.aborted; item = this.#first()) {
      if (await this.#deliver(item)) {
        delayMs = FIRST_DELAY_MS;
        continue;
      }
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
    }
  }
}
