import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Holds back answers that a stream has no room for; however many wait, they share one listener. */
export class DrainGate {
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #drained: Promise<void> | undefined;

  /** @param signal Aborted when the caller has left, and nobody has to wait any more */
  constructor(stream: Writable, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /** Resolves once the stream takes more, or its caller has left; never rejects. */
  wait(): Promise<void> {
    this.#drained ??= once(this.#stream, 'drain', { signal: this.#signal }).then(
      () => this.#open(),
      () => this.#open(),
    );
    return this.#drained;
  }

  #open(): void {
    this.#drained = undefined;
  }
}
