import { DeepHealthError } from '../errors/deephealth-error.js';

/** Where a job stands. */
export type JobState<Result> =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: Result }
  | { readonly state: 'failed'; readonly error: DeepHealthError }
  | { readonly state: 'cancelled' };

export interface Job<Result> {
  /** Unique for its owner. */
  readonly id: string;
  /** Who alone may see and end it; default nobody in particular. */
  readonly owner?: string;
  /** `signal` aborts when the job is cancelled, or the register closes. */
  readonly run: (signal: AbortSignal) => Promise<Result>;
}

export interface JobRegisterOptions {
  /** Jobs at a time; more are refused with DH_QUEUE_FULL. Default 256. */
  readonly maxRunning?: number;
  /** Jobs that have ended and are still known; older ones are forgotten. Default 1,000. */
  readonly maxKept?: number;
  /** How long a job that has ended stays known, in ms; default one hour. */
  readonly keepMs?: number;
  /** Sees what a job throws, for the log. */
  readonly onError?: (thrown: unknown) => void;
}

interface Entry<Result> {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  state: JobState<Result>;
  endedAt: number;
}

const RETRY_AFTER_MS = 1_000;

/**
 * Work that a platform starts with one call and asks about with others: the same job twice is one job, one caller's
 * jobs are nobody else's, and neither a flood nor a long life fills the memory. It is in memory alone: after a restart
 * a platform sends again what it has no answer to.
 */
export class JobRegister<Result> {
  readonly #entries = new Map<string, Entry<Result>>();
  readonly #maxRunning: number;
  readonly #maxKept: number;
  readonly #keepMs: number;
  readonly #onError: (thrown: unknown) => void;
  #running = 0;
  #isClosed = false;

  constructor({
    maxRunning = 256,
    maxKept = 1_000,
    keepMs = 3_600_000,
    onError = () => undefined,
  }: JobRegisterOptions = {}) {
    this.#maxRunning = maxRunning;
    this.#maxKept = maxKept;
    this.#keepMs = keepMs;
    this.#onError = onError;
  }

  /**
   * Starts a job, unless it is known and has not failed: one that failed may be sent again.
   *
   * @throws DH_QUEUE_FULL, DH_SERVER_STOPPING
   */
  start({ id, owner = '', run }: Job<Result>): 'started' | 'known' {
    this.#forgetOld();
    const key = keyOf(id, owner);
    const known = this.#entries.get(key);
    if (known !== undefined && known.state.state !== 'failed') return 'known';
    if (this.#isClosed) throw new DeepHealthError('DH_SERVER_STOPPING', 'The adapter is ending.');
    if (this.#running >= this.#maxRunning) {
      throw new DeepHealthError('DH_QUEUE_FULL', 'The adapter works on as many jobs as it may. Come again later.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.#running++;
    const stop = new AbortController();
    // A job that begins at once would see its own entry before it is there.
    const ended = Promise.resolve().then(() => this.#work(key, run));
    this.#entries.delete(key);
    this.#entries.set(key, { stop, ended, state: { state: 'running' }, endedAt: Number.POSITIVE_INFINITY });
    return 'started';
  }

  /** Undefined for one that is not known, or not this owner's. */
  state(id: string, owner = ''): JobState<Result> | undefined {
    this.#forgetOld();
    return this.#entries.get(keyOf(id, owner))?.state;
  }

  /** Nobody wants the result any more; false if there is no such job of this owner. What has ended stays as it is. */
  cancel(id: string, owner = ''): boolean {
    const entry = this.#entries.get(keyOf(id, owner));
    if (entry?.state.state === 'running') {
      entry.state = { state: 'cancelled' };
      entry.stop.abort();
    }
    return entry !== undefined;
  }

  /** Cancels what runs and waits for its end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { stop } of this.#entries.values()) stop.abort();
    await Promise.all([...this.#entries.values()].map(({ ended }) => ended));
  }

  async #work(key: string, run: Job<Result>['run']): Promise<void> {
    const entry = this.#entries.get(key) as Entry<Result>;
    let state: JobState<Result>;
    try {
      state = { state: 'done', result: await run(entry.stop.signal) };
    } catch (thrown) {
      if (!entry.stop.signal.aborted) this.#onError(thrown);
      state = { state: 'failed', error: DeepHealthError.from(thrown) };
    }
    entry.state = entry.stop.signal.aborted ? { state: 'cancelled' } : state;
    entry.endedAt = Date.now();
    this.#running--;
  }

  /** Entries are in the order of their start, so that the oldest come first. */
  #forgetOld(): void {
    const oldest = Date.now() - this.#keepMs;
    let surplus = this.#entries.size - this.#running - this.#maxKept;
    for (const [key, { endedAt }] of this.#entries) {
      if (endedAt === Number.POSITIVE_INFINITY) continue;
      if (endedAt > oldest && surplus <= 0) continue;
      this.#entries.delete(key);
      surplus--;
    }
  }
}

function keyOf(id: string, owner: string): string {
  return JSON.stringify([owner, id]);
}
