import { DeepHealthError } from '@deephealth/sdk';
import { PRIORITIES } from './priority.js';
import type { RunRequest } from './run-request.js';

type Queued = Pick<RunRequest, 'rank' | 'queuedAtUs' | 'reject'>;

// A request that has waited so long gets some of the turns of more urgent ones, in microseconds.
const PATIENCE_US = [Number.POSITIVE_INFINITY, 2_000_000, 10_000_000];
// At most one turn in so many goes to them, so that an emergency still gets nearly all.
const TURNS_PER_AGED = 5;

/**
 * Waiting requests of one model version: the most urgent first, and among equals the first that
 * came. Bounded: when it is full, an urgent request takes the place of the last one of the least
 * urgent class, which is answered DH_QUEUE_FULL. Nobody starves: see {@link PATIENCE_US}.
 */
export class RequestQueue<T extends Queued> {
  readonly #limit: number;
  readonly #classes: T[][] = PRIORITIES.map(() => []);
  readonly #nowUs: () => number;
  readonly #retryAfterMs: (length: number) => number;
  #length = 0;
  #turnsSinceAged = 0;

  /** @param retryAfterMs when a caller who finds so many waiting may come back */
  constructor(limit: number, nowUs: () => number, retryAfterMs: (length: number) => number) {
    this.#limit = limit;
    this.#nowUs = nowUs;
    this.#retryAfterMs = retryAfterMs;
  }

  get length(): number {
    return this.#length;
  }

  /** Rank of the most urgent request that waits. */
  get headRank(): number | undefined {
    const rank = this.#classes.findIndex((waiting) => waiting.length > 0);
    return rank < 0 ? undefined : rank;
  }

  /**
   * Throws DH_QUEUE_FULL; the request whose place was taken is rejected with the same and returned.
   *
   * @param elsewhere requests that wait outside of the queue, and count towards its limit; not for an
   *   emergency, which cannot take the place of one of them
   */
  add(request: T, elsewhere = 0): T | undefined {
    let displaced: T | undefined;
    if (this.#length + (request.rank === 0 ? 0 : elsewhere) >= this.#limit) {
      const least = this.#classes.findLastIndex((waiting) => waiting.length > 0);
      if (least < 0 || least <= request.rank) throw this.#full();
      displaced = this.#classes[least]?.pop();
      this.#length -= 1;
      displaced?.reject(this.#full());
    }
    this.#classes[request.rank]?.push(request);
    this.#length += 1;
    return displaced;
  }

  /** Puts a request back that had its turn and never ran; the limit does not hold for it. */
  putBack(request: T): void {
    this.#classes[request.rank]?.unshift(request);
    this.#length += 1;
  }

  /** The request whose turn it is. */
  take(): T | undefined {
    const rank = this.headRank;
    if (rank === undefined) return undefined;
    const aged = this.#turnsSinceAged + 1 >= TURNS_PER_AGED ? this.#agedBelow(rank) : undefined;
    this.#turnsSinceAged = aged === undefined ? this.#turnsSinceAged + 1 : 0;
    this.#length -= 1;
    return this.#classes[aged ?? rank]?.shift();
  }

  remove(request: T): void {
    const waiting = this.#classes[request.rank] as T[];
    const index = waiting.indexOf(request);
    if (index < 0) return;
    waiting.splice(index, 1);
    this.#length -= 1;
  }

  /** Takes everything out. */
  drain(): T[] {
    const all = this.#classes.flat();
    for (const waiting of this.#classes) waiting.length = 0;
    this.#length = 0;
    return all;
  }

  /** The class below `rank` whose first request has waited beyond its patience for the longest. */
  #agedBelow(rank: number): number | undefined {
    const nowUs = this.#nowUs();
    let oldest: { readonly rank: number; readonly overdueUs: number } | undefined;
    for (let below = rank + 1; below < this.#classes.length; below++) {
      const [head] = this.#classes[below] as T[];
      if (head === undefined) continue;
      const overdueUs = nowUs - head.queuedAtUs - (PATIENCE_US[below] as number);
      if (overdueUs > (oldest?.overdueUs ?? 0)) oldest = { rank: below, overdueUs };
    }
    return oldest?.rank;
  }

  #full(): DeepHealthError {
    return new DeepHealthError('DH_QUEUE_FULL', `${this.#limit} requests already wait for this model.`, {
      retryAfterMs: this.#retryAfterMs(Math.max(this.#length, 1)),
      details: { expected: `at most ${this.#limit} waiting` },
    });
  }
}
