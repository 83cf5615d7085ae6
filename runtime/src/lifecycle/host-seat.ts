import type { RunItem } from '../host/host-messages.js';
import type { HostProcess } from '../host/host-process.js';
import { monotonicUs } from '../host/monotonic-clock.js';
import { IdTable } from './id-table.js';
import type { ModelLimits } from './model-limits.js';
import type { BudgetSeat, RunBudget } from './run-budget.js';
import type { RunRequest } from './run-request.js';
import type { Loaded } from './start-host.js';

/** Why the lane itself ended a host. */
export type EndReason = 'run-timeout' | 'abandoned';

/** A request that is with the host. */
export interface SentRequest {
  readonly request: RunRequest;
  /** Requests that have begun to run, itself included; 0 if it is not among them. */
  readonly companions: number;
}

interface Sent {
  readonly id: number;
  readonly request: RunRequest;
  run: Run | undefined;
}

/** Requests that run together, and the timers that end a run that does not end by itself. */
interface Run {
  readonly open: Set<Sent>;
  limit: NodeJS.Timeout | undefined;
  grace: NodeJS.Timeout | undefined;
}

export interface HostSeatOptions {
  readonly host: HostProcess;
  readonly loaded: Loaded;
  readonly limits: ModelLimits;
  readonly budget: RunBudget;
  /** Rank of the most urgent request that waits for any host of the model. */
  queueRank(): number;
  onGranted(): void;
  onEnded(why: EndReason): void;
}

// One that runs, one that follows at once, and one on its way there.
const LEAST_ROOM = 3;
// An emergency is sent although the host has enough to do: the host runs it next.
const URGENT_ROOM = 2;

/** One host of a lane, and the requests that are with it. */
export class HostSeat implements BudgetSeat {
  readonly host: HostProcess;
  readonly loaded: Loaded;
  readonly threads: number;
  isRetiring = false;
  endedFor: EndReason | undefined;
  readonly #options: HostSeatOptions;
  readonly #sent = new IdTable<Sent>();
  /** Runs in the order in which they began; more than the model runs at once if one stands ready. */
  #runs: Run[] = [];
  /** Requests that the host holds at most: those that run, and at least as many ready to follow. */
  readonly #room: number;
  readonly #needsBudget: boolean;
  #outbox: RunItem[] = [];
  /** Items that are with the host between two of their own runs, and wait for word. */
  readonly #paused = new Set<number>();
  #started = 0;
  #nextId = 1;

  constructor(options: HostSeatOptions) {
    this.#options = options;
    this.host = options.host;
    this.loaded = options.loaded;
    const { batching, concurrency, provider, manifest } = options.loaded;
    // What waits in the host counts as waiting: a short queue has no place for more than its length.
    const wanted = Math.min(2 * Math.max(concurrency, ...batching.servedSizes), options.limits.maxQueueLength);
    this.#room = Math.max(LEAST_ROOM, concurrency, wanted);
    this.#needsBudget = provider === 'cpu';
    this.threads = manifest.execution?.intraOpThreads ?? options.limits.intraOpThreads;
  }

  /** Requests that are with the host. */
  get size(): number {
    return this.#sent.size;
  }

  /** Requests that it holds and has not begun to run, but for the one that it would begin at once. */
  get unstarted(): number {
    const waiting = this.#sent.size - this.started;
    return this.started === 0 ? Math.max(0, waiting - 1) : waiting;
  }

  /** Requests that it has begun to run. */
  get started(): number {
    return this.#started;
  }

  rank(): number {
    return this.#options.queueRank();
  }

  onGranted(): void {
    this.#resumePaused();
    this.#options.onGranted();
  }

  /** An item has further runs to make. Between two of them, others may have the threads. */
  onPaused(id: number): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    this.#leaveRun(sent);
    this.#paused.add(id);
    this.#watchRuns();
    this.#settlePaused();
  }

  #settlePaused(): void {
    const { budget } = this.#options;
    if (this.#needsBudget && budget.shouldYield(this)) {
      // What else is with the host runs first; whoever ends last comes here again.
      if (this.#sent.size > this.#paused.size) return;
      budget.release(this);
    }
    if (!this.#needsBudget || budget.request(this)) this.#resumePaused();
  }

  #resumePaused(): void {
    for (const id of this.#paused) this.host.send({ type: 'resume', id });
    this.#paused.clear();
  }

  get #isRemote(): boolean {
    return this.loaded.provider === 'remote';
  }

  get runTimeoutMs(): number {
    return Math.min(
      this.#options.limits.runTimeoutMs,
      this.loaded.manifest.resources?.runTimeoutMs ?? Number.POSITIVE_INFINITY,
    );
  }

  /** True if a request of this rank can be sent now; asks for threads if there are none yet. */
  hasRoom(rank: number): boolean {
    if (this.#sent.size >= this.#room + (rank === 0 ? URGENT_ROOM : 0)) return false;
    if (!this.#needsBudget) return true;
    const { budget } = this.#options;
    if (!budget.isGranted(this)) return budget.request(this);
    if (!budget.shouldYield(this)) return true;
    // It finishes what it has, and then stands in line again.
    if (this.#sent.size > 0) return false;
    budget.release(this);
    return budget.request(this);
  }

  /** Hands the request over; those of one turn of the event loop travel together. */
  send(request: RunRequest): void {
    const id = this.#nextId++;
    this.#sent.set(id, { id, request, run: undefined });
    if (this.#outbox.length === 0) setImmediate(() => this.#flush());
    this.#outbox.push(toItem(id, request));
  }

  #flush(): void {
    const items = this.#outbox;
    this.#outbox = [];
    if (items.length > 0) this.host.send({ type: 'run', items });
  }

  /** Nothing waits: what runs is all there is to do. */
  rest(): void {
    if (this.#sent.size === 0) this.#options.budget.release(this);
  }

  onStarted(ids: readonly number[]): void {
    const members = ids.flatMap((id) => this.#sent.get(id) ?? []);
    if (members.length === 0) return;
    // An emergency may have taken the place of a run that stood ready; that one begins anew.
    for (const member of members) this.#leaveRun(member);
    const run: Run = { open: new Set(members), limit: undefined, grace: undefined };
    const nowUs = monotonicUs();
    for (const member of members) {
      member.run = run;
      member.request.startedAtUs = nowUs;
      member.request.companyAtStart = members.length;
    }
    this.#started += members.length;
    this.#runs.push(run);
    this.#watchRuns();
  }

  /** Starts the clocks of the runs that the model runs at once; those that stand ready wait. */
  #watchRuns(): void {
    let running = 0;
    for (const run of this.#runs) {
      if (running++ >= this.loaded.concurrency) return;
      run.limit ??= setTimeout(() => this.#end('run-timeout'), this.runTimeoutMs * (this.#isRemote ? 2 : 1));
      this.#watchAbandoned(run);
    }
  }

  #leaveRun(sent: Sent): void {
    const { run } = sent;
    if (run === undefined) return;
    sent.run = undefined;
    this.#started -= 1;
    run.open.delete(sent);
    if (run.open.size > 0) return;
    stopTimers(run);
    const at = this.#runs.indexOf(run);
    if (at >= 0) this.#runs.splice(at, 1);
  }

  /** Requests that are with the host. */
  get requests(): RunRequest[] {
    return [...this.#sent.values()].map(({ request }) => request);
  }

  /** Takes out a request whose result has come. */
  take(id: number): SentRequest | undefined {
    const sent = this.#sent.get(id);
    if (sent === undefined) return undefined;
    this.#sent.delete(id);
    const companions = sent.run === undefined ? 0 : this.#started;
    this.#leaveRun(sent);
    this.#watchRuns();
    this.#paused.delete(id);
    if (this.#paused.size > 0) this.#settlePaused();
    if (this.#sent.size === 0 && this.isRetiring) this.#options.budget.leave(this);
    return { request: sent.request, companions };
  }

  /** The caller of a request has left. */
  abandon(request: RunRequest): void {
    for (const sent of this.#sent.values()) {
      if (sent.request !== request) continue;
      const unsent = this.#outbox.findIndex(({ id }) => id === sent.id);
      if (unsent >= 0) {
        this.#outbox.splice(unsent, 1);
        this.#sent.delete(sent.id);
        if (this.#paused.size > 0) this.#settlePaused();
        return;
      }
      // The host answers for what it drops, too; the request is with it until then.
      // One that runs runs on, for as long as that is bearable.
      this.host.send({ type: 'cancel', id: sent.id });
      this.#watchRuns();
      return;
    }
  }

  /** Takes everything out, when the host is gone or done. */
  clear(): SentRequest[] {
    const all = this.#sent.values();
    // What we ended ourselves was the run in front; after a crash, nobody can tell which one it was.
    const doubtful = this.#runs.slice(0, this.endedFor === undefined ? undefined : this.loaded.concurrency);
    const started = doubtful.reduce((count, { open }) => count + open.size, 0);
    for (const run of this.#runs) stopTimers(run);
    this.#runs = [];
    this.#sent.clear();
    this.#paused.clear();
    this.#started = 0;
    this.#outbox = [];
    this.#options.budget.leave(this);
    return all.map(({ request, run }) => ({ request, companions: run && doubtful.includes(run) ? started : 0 }));
  }

  /** A run that nobody waits for any more is ended, if it does not end soon. */
  #watchAbandoned(run: Run): void {
    // Elsewhere a run does no harm: it ends with the time that the other server is given, or as it likes.
    if (this.#isRemote || run.grace !== undefined || run.open.size === 0) return;
    if ([...run.open].some(({ request }) => !request.isSettled)) return;
    run.grace = setTimeout(() => this.#end('abandoned'), this.#options.limits.abandonGraceMs);
  }

  #end(why: EndReason): void {
    this.endedFor = why;
    this.#options.onEnded(why);
    this.host.kill();
  }
}

function stopTimers(run: Run): void {
  clearTimeout(run.limit);
  clearTimeout(run.grace);
}

function toItem(id: number, request: RunRequest): RunItem {
  const { payload, rank, queuedAtUs, alone } = request;
  const deadlineMs = Number.isFinite(request.deadlineMs) ? request.deadlineMs : null;
  const { outputs, state } = payload;
  // Written out: this is done for every item.
  const item: RunItem =
    payload.type === 'predict'
      ? { id, rank, queuedAtUs, deadlineMs, alone, outputs, kind: 'predict', inputs: payload.inputs }
      : { id, rank, queuedAtUs, deadlineMs, alone, outputs, kind: 'infer', tensors: payload.tensors };
  if (item.kind === 'predict' && payload.type === 'predict' && payload.highlights !== undefined) {
    // A model that keeps state has none.
    return { ...item, highlights: payload.highlights };
  }
  return state === undefined ? item : { ...item, state };
}
