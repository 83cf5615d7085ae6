/**
 * Listeners that hear everything in one order, even where one of them causes the next thing while it hears of
 * this. What a listener throws keeps nobody else from hearing.
 */
export class OrderedListeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #waiting: Event[] = [];
  #isTelling = false;

  constructor(private readonly onError: (error: unknown) => void) {}

  /** @returns what ends it */
  add(listener: (event: Event) => void): () => void {
    // The same function may be added twice, and each end is one's own.
    const own = (event: Event): void => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(event: Event): void {
    this.#waiting.push(event);
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const listener of [...this.#listeners]) this.#call(listener, next);
    }
    this.#isTelling = false;
  }

  #call(listener: (event: Event) => void, event: Event): void {
    if (!this.#listeners.has(listener)) return;
    try {
      listener(event);
    } catch (error) {
      this.onError(error);
    }
  }
}

/** Where nobody asked to hear of a failed listener, the process says so. */
export function warnOfListener(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`A listener failed (${name}); the others were told.`, 'DeepHealthWarning');
}
