import { DeepHealthError } from '@deephealth/sdk';

/**
 * Changes for a reader that takes them at its own pace. It holds so many that were not read yet; a reader that
 * falls further behind is told so instead of missing some.
 */
export class ChangeIterator<Change> implements AsyncIterableIterator<Change> {
  readonly #waiting: Change[] = [];
  readonly #readers: Reader<IteratorResult<Change>>[] = [];
  #ending: 'open' | 'closed' | 'overrun' = 'open';

  /** @param onReturn called when the reader wants no more */
  constructor(
    private readonly maxWaiting: number,
    private readonly onReturn: () => void,
  ) {}

  push(change: Change): void {
    if (this.#ending !== 'open') return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value: change });
    else if (this.#waiting.length < this.maxWaiting) this.#waiting.push(change);
    else {
      this.#ending = 'overrun';
      this.onReturn();
    }
  }

  /** What was pushed can still be read. */
  close(): void {
    if (this.#ending === 'open') this.#ending = 'closed';
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }

  async next(): Promise<IteratorResult<Change>> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return { done: false, value: waiting };
    if (this.#ending === 'overrun') {
      this.#ending = 'closed';
      throw new DeepHealthError(
        'DH_STREAM_LIMIT_EXCEEDED',
        `The reader fell more than ${this.maxWaiting} changes behind. Read the outputs anew, and then further changes.`,
      );
    }
    if (this.#ending === 'closed') return { done: true, value: undefined };
    return new Promise((resolve) => this.#readers.push({ resolve }));
  }

  async return(): Promise<IteratorResult<Change>> {
    this.#waiting.length = 0;
    this.close();
    this.onReturn();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

type Reader<T> = { readonly resolve: (value: T) => void };
