import { sequenceLimit } from './sequence-errors.js';

/** Counts the bytes that the states of all open sequences of a table hold, up to a limit. */
export class StateMemory {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** A state grows by so many bytes, or shrinks if negative. Throws DH_SEQUENCE_LIMIT. */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.#limitBytes) {
      throw sequenceLimit(
        `The states of the open sequences would hold more than ${this.#limitBytes} bytes. End a sequence, or wait until an idle one times out.`,
        `at most ${this.#limitBytes} bytes`,
      );
    }
    this.#usedBytes += bytes;
  }
}
