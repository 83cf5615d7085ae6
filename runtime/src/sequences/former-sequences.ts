import type { SequenceEnd } from './sequence-errors.js';

export interface FormerSequence {
  readonly end: SequenceEnd;
  /** On the clock of performance.now(), to tell which of several versions knows the latest. */
  readonly endedAtMs: number;
}

/**
 * The last sequences that are no longer open, so that an item which comes too late is told what
 * happened. What is forgotten is refused too, only with less to say.
 */
export class FormerSequences {
  readonly #limit: number;
  readonly #byId = new Map<string, FormerSequence>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): FormerSequence | undefined {
    return this.#byId.get(id);
  }

  remember(id: string, end: SequenceEnd): void {
    // A map keeps the place of a key that it has; out first, so that the oldest stays in front.
    this.#byId.delete(id);
    this.#byId.set(id, { end, endedAtMs: performance.now() });
    if (this.#byId.size <= this.#limit) return;
    for (const oldest of this.#byId.keys()) {
      this.#byId.delete(oldest);
      return;
    }
  }
}
