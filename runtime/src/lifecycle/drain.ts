/** The wait for work that is under way to end, for a time that may be shortened meanwhile. */
export class Drain {
  #end: (() => void) | undefined;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** Resolves when `end` is called, or when the grace is over. One at a time. */
  async wait(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      this.hurry(graceMs);
    });
    clearTimeout(this.#timer);
    this.#endsAtMs = Number.POSITIVE_INFINITY;
    this.#end = undefined;
  }

  /** Nothing is under way any more, or nobody waits for it. Without a wait, nothing happens. */
  end(): void {
    this.#end?.();
  }

  /** Ends the wait in so many ms, if that is sooner. */
  hurry(graceMs: number): void {
    const resolve = this.#end;
    const endsAtMs = performance.now() + graceMs;
    if (resolve === undefined || endsAtMs >= this.#endsAtMs) return;
    this.#endsAtMs = endsAtMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(resolve, graceMs);
  }
}
