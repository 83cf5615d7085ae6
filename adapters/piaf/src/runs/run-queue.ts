/** Runs that wait, of each tenant in their order; tenants take turns. */
export class RunQueue {
  readonly #waiting = new Map<string, string[]>();
  readonly #running = new Map<string, Set<string>>();
  /** When each tenant had its last turn, as a number of turns. */
  readonly #lastTurns = new Map<string, number>();
  #turns = 0;
  readonly #maxRunning: number;
  readonly #maxRunningPerTenant: number;

  constructor(maxRunning: number, maxRunningPerTenant: number) {
    this.#maxRunning = maxRunning;
    this.#maxRunningPerTenant = maxRunningPerTenant;
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, runs) => sum + runs.length, 0);
  }

  /** Runs of a tenant that wait or run. */
  activeOf(tenant: string): number {
    return (this.#waiting.get(tenant)?.length ?? 0) + (this.#running.get(tenant)?.size ?? 0);
  }

  add(tenant: string, runId: string): void {
    const runs = this.#waiting.get(tenant);
    if (runs === undefined) this.#waiting.set(tenant, [runId]);
    else runs.push(runId);
  }

  /** Takes a run out of those that wait. */
  remove(tenant: string, runId: string): boolean {
    const runs = this.#waiting.get(tenant);
    const index = runs?.indexOf(runId) ?? -1;
    if (runs === undefined || index < 0) return false;
    runs.splice(index, 1);
    if (runs.length === 0) this.#waiting.delete(tenant);
    return true;
  }

  /** The next run that may begin: of the tenant that runs least, of those the one whose last turn is longest ago. */
  next(): { readonly tenant: string; readonly runId: string } | undefined {
    const total = [...this.#running.values()].reduce((sum, runs) => sum + runs.size, 0);
    if (total >= this.#maxRunning) return undefined;
    const runningOf = (tenant: string) => this.#running.get(tenant)?.size ?? 0;
    const lastTurnOf = (tenant: string) => this.#lastTurns.get(tenant) ?? 0;
    const [tenant] = [...this.#waiting.keys()]
      .filter((name) => runningOf(name) < this.#maxRunningPerTenant)
      .sort((a, b) => runningOf(a) - runningOf(b) || lastTurnOf(a) - lastTurnOf(b));
    if (tenant === undefined) return undefined;
    const runs = this.#waiting.get(tenant) as string[];
    const runId = runs.shift() as string;
    if (runs.length === 0) this.#waiting.delete(tenant);
    this.#lastTurns.set(tenant, ++this.#turns);
    const running = this.#running.get(tenant) ?? new Set();
    this.#running.set(tenant, running.add(runId));
    return { tenant, runId };
  }

  /** A run that `next` gave has ended. */
  ended(tenant: string, runId: string): void {
    const running = this.#running.get(tenant);
    running?.delete(runId);
    if (running?.size === 0) this.#running.delete(tenant);
  }
}
