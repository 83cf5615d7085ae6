import type { HostProcess } from '../host/host-process.js';

/** Whether the inference server that runs a graph answers, and why not. */
export interface BackendHealth {
  readonly isServing: boolean;
  readonly reason: string;
}

export interface BackendWatchOptions {
  /** True for a host that takes requests. */
  serves(host: HostProcess): boolean;
  isReady(): boolean;
  /** Verifies the version anew. Never rejects. */
  verify(): Promise<void>;
  /** The server answers again, or no longer. */
  onHealth(health: BackendHealth): void;
  /** Requests are refused from now on. */
  onAway(): void;
}

// Between two attempts to verify what another server runs, while it answers and cannot be verified.
const PAUSE_MS = 2000;
// Between two looks for a server that was away when the version was verified.
const AWAY_PAUSE_MS = 2000;
const LONGEST_AWAY_PAUSE_MS = 60_000;

/**
 * The inference server that runs the graph of one version, as its hosts see it. It does not serve from the
 * moment that it is away until what came back has passed anew: it may have come back with another model.
 */
export class BackendWatch {
  readonly #options: BackendWatchOptions;
  #away: BackendHealth | undefined;
  #answers = true;
  #awayPauseMs = AWAY_PAUSE_MS;
  /** What hosts said before they served. */
  readonly #early = new WeakMap<HostProcess, BackendHealth>();

  constructor(options: BackendWatchOptions) {
    this.#options = options;
  }

  /** Why no request is served now; undefined if they are. */
  get away(): BackendHealth | undefined {
    return this.#away;
  }

  /** What serves has just been verified. */
  reset(): void {
    this.#away = undefined;
    this.#answers = true;
    this.#awayPauseMs = AWAY_PAUSE_MS;
  }

  /**
   * Verifies again, ever more seldom: a server that is away says nothing against the model.
   *
   * @param isWanted whether the version still waits for it by then
   */
  lookLater(isWanted: () => boolean): void {
    setTimeout(() => {
      if (isWanted()) void this.#options.verify();
    }, this.#awayPauseMs).unref();
    this.#awayPauseMs = Math.min(2 * this.#awayPauseMs, LONGEST_AWAY_PAUSE_MS);
  }

  hear(host: HostProcess, { isServing, reason }: BackendHealth): void {
    const serves = this.#options.serves(host);
    if (!serves) this.#early.set(host, { isServing, reason });
    if (!serves || this.#answers === isServing) return;
    this.#answers = isServing;
    this.#options.onHealth({ isServing, reason });
    if (isServing) {
      void this.#verifyAnew();
    } else {
      this.#away = { isServing, reason };
      this.#options.onAway();
    }
  }

  /** A server that was away after the golden cases had passed, and before the host served, is verified anew. */
  hearEarly(host: HostProcess): void {
    const health = this.#early.get(host);
    if (health === undefined) return;
    this.hear(host, { ...health, isServing: false });
    if (health.isServing) this.hear(host, health);
  }

  async #verifyAnew(): Promise<void> {
    while (this.#options.isReady() && this.#away !== undefined && this.#answers) {
      await this.#options.verify();
      if (this.#away === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS).unref());
    }
  }
}
