/** What a session told of the health of its server, to be waited for. */
export class HeardHealth {
  readonly told: { readonly isServing: boolean; readonly reason: string }[] = [];
  #waiting: (() => void)[] = [];

  readonly onHealth = (isServing: boolean, reason: string): void => {
    this.told.push({ isServing, reason });
    for (const resolve of this.#waiting.splice(0)) resolve();
  };

  /** Resolves when so many changes have been told. */
  async count(changes: number): Promise<void> {
    while (this.told.length < changes) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
