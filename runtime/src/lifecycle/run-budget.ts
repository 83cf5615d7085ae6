/** A host that wants to compute. */
export interface BudgetSeat {
  /** Threads that it computes with. */
  readonly threads: number;
  /** Rank of the most urgent request that waits for it; 0 is the most urgent. */
  rank(): number;
  /** It may compute from now on, until it gives its threads back. */
  onGranted(): void;
}

interface Grant {
  readonly sinceMs: number;
  readonly threads: number;
  /** It had waited beyond its patience: for one turn, nobody is more urgent. */
  readonly wasOverdue: boolean;
}

// Long enough that handing over costs little, short enough that nobody waits noticeably for it.
const TURN_MS = 50;
const PATIENCE_MS = 2000;

/**
 * Shares the threads of the machine between the hosts of all models, so that ten busy models on two
 * cores take turns instead of all being five times as slow. Urgent work goes first; among equals
 * the host that has computed least. A host that has its turn hands over between two runs.
 */
export class RunBudget {
  readonly #threads: number;
  readonly #nowMs: () => number;
  readonly #granted = new Map<BudgetSeat, Grant>();
  /** Seats that wait, with the time since when. */
  readonly #waiting = new Map<BudgetSeat, number>();
  /** Thread-milliseconds that a seat has had; newcomers start where the least served one stands. */
  readonly #served = new Map<BudgetSeat, number>();
  #free: number;

  constructor(threads: number, nowMs: () => number = () => performance.now()) {
    this.#threads = threads;
    this.#free = threads;
    this.#nowMs = nowMs;
  }

  /** Threads that there are to share. */
  get threads(): number {
    return this.#threads;
  }

  isGranted(seat: BudgetSeat): boolean {
    return this.#granted.has(seat);
  }

  /** True if the seat has its threads now; else {@link BudgetSeat.onGranted} is called when it has. */
  request(seat: BudgetSeat): boolean {
    if (this.#granted.has(seat)) return true;
    if (this.#waiting.has(seat)) return false;
    const known = [...this.#granted.keys(), ...this.#waiting.keys()].map((other) => this.#served.get(other) ?? 0);
    const least = known.length === 0 ? 0 : Math.min(...known);
    this.#served.set(seat, Math.max(this.#served.get(seat) ?? 0, least));
    this.#waiting.set(seat, this.#nowMs());
    this.#grant(seat);
    return this.#granted.has(seat);
  }

  /** True when the seat should finish what it has begun, and give its threads back. */
  shouldYield(seat: BudgetSeat): boolean {
    const grant = this.#granted.get(seat);
    if (grant === undefined || this.#waiting.size === 0) return false;
    const isOver = this.#nowMs() - grant.sinceMs >= TURN_MS;
    const rank = grant.wasOverdue && !isOver ? 0 : seat.rank();
    return [...this.#waiting.keys()].some((other) => {
      const otherRank = this.#rankOf(other);
      return otherRank < rank || (isOver && otherRank === rank);
    });
  }

  /** Gives threads back, or stops waiting for them. */
  release(seat: BudgetSeat): void {
    // It may have been all that kept the free threads from those behind it.
    if (this.#waiting.delete(seat)) this.#grant();
    const grant = this.#granted.get(seat);
    if (grant === undefined) return;
    this.#granted.delete(seat);
    this.#free += grant.threads;
    const servedMs = (this.#nowMs() - grant.sinceMs) * grant.threads;
    this.#served.set(seat, (this.#served.get(seat) ?? 0) + servedMs);
    this.#grant();
  }

  /** Forgets a seat whose host is gone. */
  leave(seat: BudgetSeat): void {
    this.release(seat);
    this.#served.delete(seat);
  }

  #grant(asking?: BudgetSeat): void {
    for (;;) {
      const next = this.#next();
      if (next === undefined) return;
      // A host that wants more threads than there are gets all of them.
      const threads = Math.min(next.threads, this.#threads);
      if (threads > this.#free) return;
      const wasOverdue = this.#isOverdue(next);
      this.#waiting.delete(next);
      this.#free -= threads;
      this.#granted.set(next, { sinceMs: this.#nowMs(), threads, wasOverdue });
      if (next !== asking) next.onGranted();
    }
  }

  #next(): BudgetSeat | undefined {
    let next: BudgetSeat | undefined;
    for (const seat of this.#waiting.keys()) {
      if (next === undefined || this.#isBefore(seat, next)) next = seat;
    }
    return next;
  }

  #isBefore(a: BudgetSeat, b: BudgetSeat): boolean {
    const [rankA, rankB] = [this.#rankOf(a), this.#rankOf(b)];
    return rankA === rankB ? (this.#served.get(a) ?? 0) < (this.#served.get(b) ?? 0) : rankA < rankB;
  }

  /** Whoever has waited beyond its patience counts as urgent, so that nobody starves. */
  #rankOf(seat: BudgetSeat): number {
    return this.#isOverdue(seat) ? 0 : seat.rank();
  }

  #isOverdue(seat: BudgetSeat): boolean {
    const sinceMs = this.#waiting.get(seat);
    return sinceMs !== undefined && this.#nowMs() - sinceMs > PATIENCE_MS;
  }
}
