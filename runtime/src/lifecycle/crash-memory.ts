const REMEMBERED = 1000;

/** Remembers which inputs were being run when a host died, so that none ends a host a third time. */
export class CrashMemory {
  readonly #crashes = new Map<string, number>();

  /** True while no input has been remembered, so that nothing needs to be digested. */
  get isEmpty(): boolean {
    return this.#crashes.size === 0;
  }

  /** Counts a crash of this input and returns how many there were. */
  record(inputSha256: string): number {
    const count = this.count(inputSha256) + 1;
    this.#crashes.delete(inputSha256);
    this.#crashes.set(inputSha256, count);
    if (this.#crashes.size > REMEMBERED) this.#crashes.delete(this.#crashes.keys().next().value as string);
    return count;
  }

  count(inputSha256: string): number {
    return this.#crashes.get(inputSha256) ?? 0;
  }
}
