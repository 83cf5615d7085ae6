import { DeepHealthError } from '@deephealth/sdk';
import type { Clock } from './clock.js';

/** `half-open`: the probe is under way. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit; default 5. */
  readonly failuresToOpen?: number;
  /** Pause before the first probe in ms; default 1,000. Doubles until a run has succeeded again. */
  readonly firstPauseMs?: number;
  /** Default 30,000. */
  readonly longestPauseMs?: number;
  readonly clock: Clock;
  /** True for a failure that counts; others are answers, and leave the count as it is. */
  isTrouble(thrown: unknown): boolean;
  /** Resolves if the server is well again. */
  probe(): Promise<void>;
  onChange?(state: CircuitState): void;
}

const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** What a caller is told to wait at least: by then the probe has an answer. */
const SHORTEST_HINT_MS = 100;

/**
 * Spares a server that keeps failing, and its callers the wait for it: after some failures in a row
 * runs are rejected at once, until one probe after a growing pause has found the server well.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #failuresToOpen: number;
  readonly #firstPauseMs: number;
  readonly #longestPauseMs: number;
  #state: CircuitState = 'closed';
  #failures = 0;
  #pauseMs: number;
  #probeAtMs = 0;
  /** Counts closed times, so that a run that ends late is not held against a later one. */
  #epoch = 0;
  #callOff: () => void = () => undefined;
  #isStopped = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#failuresToOpen = options.failuresToOpen ?? FAILURES_TO_OPEN;
    this.#firstPauseMs = options.firstPauseMs ?? FIRST_PAUSE_MS;
    this.#longestPauseMs = options.longestPauseMs ?? LONGEST_PAUSE_MS;
    this.#pauseMs = this.#firstPauseMs;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Does the work, or throws DH_REMOTE_UNAVAILABLE with a retry hint at once while the circuit is open. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#state !== 'closed') {
      throw new DeepHealthError(
        'DH_REMOTE_UNAVAILABLE',
        'The inference server that runs the model failed so often in a row that it gets a pause. Try again later.',
        { retryAfterMs: this.#hintMs() },
      );
    }
    const epoch = this.#epoch;
    try {
      const result = await work();
      if (epoch === this.#epoch) this.#onSuccess();
      return result;
    } catch (thrown) {
      if (epoch === this.#epoch && this.#options.isTrouble(thrown)) this.#onFailure();
      throw thrown;
    }
  }

  /** No probe follows any more. */
  stop(): void {
    this.#isStopped = true;
    this.#callOff();
  }

  #hintMs(): number {
    return Math.max(SHORTEST_HINT_MS, Math.ceil(this.#probeAtMs - this.#options.clock.nowMs()));
  }

  #onSuccess(): void {
    this.#failures = 0;
    // Not by a probe: a server may say that it is ready and still fail every run.
    this.#pauseMs = this.#firstPauseMs;
  }

  #onFailure(): void {
    this.#failures += 1;
    if (this.#failures >= this.#failuresToOpen) this.#open();
  }

  #open(): void {
    if (this.#isStopped) return;
    this.#epoch += 1;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#longestPauseMs, pauseMs * 2);
    this.#probeAtMs = this.#options.clock.nowMs() + pauseMs;
    this.#callOff = this.#options.clock.after(pauseMs, () => void this.#tryAgain());
    this.#enter('open');
  }

  async #tryAgain(): Promise<void> {
    this.#enter('half-open');
    const isWell = await this.#options.probe().then(
      () => true,
      () => false,
    );
    if (this.#isStopped) return;
    if (!isWell) return this.#open();
    this.#failures = 0;
    this.#enter('closed');
  }

  #enter(state: CircuitState): void {
    this.#state = state;
    this.#options.onChange?.(state);
  }
}
