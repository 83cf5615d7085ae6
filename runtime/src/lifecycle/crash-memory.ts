const REMEMBERED = 1000;

/** Remembers which inputs were being run when a host died, so that none ends a host a third time. */
export class CrashMemory {
  readonly #crashes = new Map<string, number>();

  /** True while no input has been remembered, so that nothing needs to be digested. */
  get isEmpty(): boolean {
    return this.#crashes.size === 0;
  }

  /** Counts a crash of this input, which ran by itself, and returns how many there were. */
  record(inputSha256: string): number {
    return this.#remember(inputSha256, this.count(inputSha256) + 1);
  }

  /** Remembers an input that shared the run in which a host died, and may be innocent. */
  suspect(inputSha256: string): void {
    this.#remember(inputSha256, this.count(inputSha256));
  }

  /** Crashes for which this input alone can be the cause. */
  count(inputSha256: string): number {
    return this.#crashes.get(inputSha256) ?? 0;
  }

  /** True for an input that was there when a host died. */
  isSuspect(inputSha256: string): boolean {
    return this.#crashes.has(inputSha256);
  }

  #remember(inputSha256: string, count: number): number {
    this.#crashes.delete(inputSha256);
    this.#crashes.set(inputSha256, count);
    if (this.#crashes.size > REMEMBERED) this.#crashes.delete(this.#crashes.keys().next().value as string);
    return count;
  }
}
