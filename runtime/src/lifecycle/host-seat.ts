import type { RunItem } from '../host/host-messages.js';
import type { HostProcess } from '../host/host-process.js';
import type { ModelLimits } from './model-limits.js';
import type { BudgetSeat, RunBudget } from './run-budget.js';
import type { RunRequest } from './run-request.js';
import type { Loaded } from './start-host.js';

/** Why the lane itself ended a host. */
export type EndReason = 'run-timeout' | 'abandoned';

/** A request that is with the host. */
export interface SentRequest {
  readonly request: RunRequest;
  /** Requests in its run, itself included; 0 while it has not begun to run. */
  readonly companions: number;
}

interface Sent {
  readonly id: number;
  readonly request: RunRequest;
  run: Run | undefined;
}

/** Requests that run together, and the timers that end a run that does not end by itself. */
interface Run {
  readonly size: number;
  readonly open: Set<Sent>;
  readonly limit: NodeJS.Timeout;
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
  readonly #sent = new Map<number, Sent>();
  /** Requests that the host holds at most: those that run, and as many ready to follow at once. */
  readonly #room: number;
  readonly #needsBudget: boolean;
  #outbox: RunItem[] = [];
  #started = 0;
  #nextId = 1;

  constructor(options: HostSeatOptions) {
    this.#options = options;
    this.host = options.host;
    this.loaded = options.loaded;
    const { batching, concurrency, provider, manifest } = options.loaded;
    this.#room = 2 * Math.max(concurrency, ...batching.servedSizes);
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
    this.#options.onGranted();
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
    const run: Run = {
      size: ids.length,
      open: new Set(members),
      limit: setTimeout(() => this.#end('run-timeout'), this.runTimeoutMs),
      grace: undefined,
    };
    for (const member of members) member.run = run;
    this.#started += members.length;
    if (members.length === 0) clearTimeout(run.limit);
    this.#watchAbandoned(run);
  }

  /** Takes out a request whose result has come. */
  take(id: number): SentRequest | undefined {
    const sent = this.#sent.get(id);
    if (sent === undefined) return undefined;
    this.#sent.delete(id);
    const { run } = sent;
    if (run !== undefined) this.#started -= 1;
    run?.open.delete(sent);
    if (run?.open.size === 0) stopTimers(run);
    if (this.#sent.size === 0 && this.isRetiring) this.#options.budget.leave(this);
    return { request: sent.request, companions: run?.size ?? 0 };
  }

  /** The caller of a request has left. */
  abandon(request: RunRequest): void {
    for (const sent of this.#sent.values()) {
      if (sent.request !== request) continue;
      const unsent = this.#outbox.findIndex(({ id }) => id === sent.id);
      if (unsent >= 0) {
        this.#outbox.splice(unsent, 1);
        this.#sent.delete(sent.id);
        return;
      }
      // The host answers for what it drops, too; the request is with it until then.
      if (sent.run === undefined) this.host.send({ type: 'cancel', id: sent.id });
      else this.#watchAbandoned(sent.run);
      return;
    }
  }

  /** Takes everything out, when the host is gone or done. */
  clear(): SentRequest[] {
    const all = [...this.#sent.values()];
    for (const { run } of all) if (run !== undefined) stopTimers(run);
    this.#sent.clear();
    this.#started = 0;
    this.#outbox = [];
    this.#options.budget.leave(this);
    return all.map(({ request, run }) => ({ request, companions: run?.size ?? 0 }));
  }

  /** A run that nobody waits for any more is ended, if it does not end soon. */
  #watchAbandoned(run: Run): void {
    if (run.grace !== undefined || run.open.size === 0) return;
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
  const { payload, rank, queuedAtUs, deadlineMs, alone } = request;
  const base = {
    id,
    rank,
    queuedAtUs,
    deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : null,
    alone,
    outputs: payload.outputs,
    ...(payload.state && { state: payload.state }),
  };
  return payload.type === 'predict'
    ? { ...base, kind: 'predict', inputs: payload.inputs }
    : { ...base, kind: 'infer', tensors: payload.tensors };
}
