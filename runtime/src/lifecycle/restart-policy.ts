const BACKOFF_MS = [0, 100, 500, 2000, 5000];
const WINDOW_MS = 60_000;

/** How soon a host that died is started again, and when that is given up. */
export class RestartPolicy {
  readonly #diedAtMs: number[] = [];

  /** Records a death; the pause before the next start in ms, or undefined if it died too often. */
  onDeath(nowMs: number): number | undefined {
    while ((this.#diedAtMs[0] ?? nowMs) < nowMs - WINDOW_MS) this.#diedAtMs.shift();
    const pauseMs = BACKOFF_MS[this.#diedAtMs.length];
    this.#diedAtMs.push(nowMs);
    return pauseMs;
  }

  /** Says what {@link onDeath} counted, for people. */
  describe(): string {
    return `The process of the model ended ${this.#diedAtMs.length} times within ${WINDOW_MS / 1000} s.`;
  }
}
