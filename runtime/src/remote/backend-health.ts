/** Who may have something to say against the server. */
export type HealthWatcher = 'circuit' | 'connection' | 'poll' | 'version';

/** The version outlasts the others, and says what has to be done. */
const ORDER: readonly HealthWatcher[] = ['version', 'circuit', 'poll', 'connection'];

const WELL = 'The inference server answers, and the model is ready there.';

/**
 * Brings together what the watchers of a server say: it is serving while none has a problem. Tells
 * of changes only, starting from a server that is well.
 */
export class BackendHealth {
  readonly #onHealth: (isServing: boolean, reason: string) => void;
  readonly #problems = new Map<HealthWatcher, string>();
  #told = '';
  #isStopped = false;

  constructor(onHealth: (isServing: boolean, reason: string) => void) {
    this.#onHealth = onHealth;
  }

  get isServing(): boolean {
    return this.#problems.size === 0;
  }

  /** @param problem A sentence for people without text of the other server; undefined if there is none. */
  set(watcher: HealthWatcher, problem: string | undefined): void {
    if (problem === undefined) this.#problems.delete(watcher);
    else this.#problems.set(watcher, problem);
    const worst = ORDER.map((one) => this.#problems.get(one)).find((one) => one !== undefined) ?? '';
    if (worst === this.#told || this.#isStopped) return;
    this.#told = worst;
    this.#onHealth(worst === '', worst === '' ? WELL : worst);
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
  }
}
