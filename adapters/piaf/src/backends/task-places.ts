interface Waiting {
  readonly size: number;
  readonly take: () => void;
}

/**
 * Places for tasks of several runs: runs take turns, so that one study does not wait behind a cohort, and in a run
 * the task that waited longest is next. A task larger than all places takes all of them.
 */
export class TaskPlaces {
  readonly #capacity: number;
  /** Tasks that wait, by their run; the run whose turn is next stands first. */
  readonly #waiting = new Map<object, Set<Waiting>>();
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * @param run whose turn it is
   * @returns what gives the place back; undefined where the signal came before the place
   */
  async take(run: object, size: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    const need = Math.min(size, this.#capacity);
    if (signal.aborted) return undefined;
    const hasPlace = await new Promise<boolean>((resolve) => {
      const own = this.#waiting.get(run) ?? new Set();
      const leave = () => {
        own.delete(waiting);
        if (own.size === 0 && this.#waiting.get(run) === own) this.#waiting.delete(run);
        resolve(false);
        // It may have stood before others that fit.
        this.#fill();
      };
      const waiting: Waiting = {
        size: need,
        take: () => {
          signal.removeEventListener('abort', leave);
          resolve(true);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.set(run, own.add(waiting));
      this.#fill();
    });
    if (!hasPlace) return undefined;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#used -= need;
      this.#fill();
    };
  }

  #fill(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [run, own] = next;
      const [waiting] = own;
      // The first waits for room, and the others behind it: a large task would never have its turn otherwise.
      if (waiting === undefined || this.#used + waiting.size > this.#capacity) return;
      own.delete(waiting);
      this.#waiting.delete(run);
      if (own.size > 0) this.#waiting.set(run, own);
      this.#used += waiting.size;
      waiting.take();
    }
  }
}
