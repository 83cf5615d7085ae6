import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import type { HostReply, ItemResult, RunFacts } from '../host/host-messages.js';
import type { HostExit, HostProcess } from '../host/host-process.js';
import { digestInputs } from '../host/input-digest.js';
import { monotonicUs } from '../host/monotonic-clock.js';
import { fromWireError } from '../host/wire-error.js';
import { CrashMemory } from './crash-memory.js';
import { type EndReason, HostSeat } from './host-seat.js';
import type { ModelLimits } from './model-limits.js';
import { RequestQueue } from './request-queue.js';
import type { RunBudget } from './run-budget.js';
import type { ObservedModel, RunObserver } from './run-observer.js';
import { assertWaiting, type RunOutcome, type RunPayload, RunRequest, type Work } from './run-request.js';
import type { Loaded } from './start-host.js';

export interface RunLaneOptions {
  readonly model: ObservedModel;
  readonly limits: ModelLimits;
  readonly budget: RunBudget;
  readonly observer: RunObserver;
  /** Nothing waits or runs any more. */
  onIdle(): void;
  /** The engine could not allocate; the host is in doubt and should be replaced. */
  onHostInDoubt(host: HostProcess): void;
  /** For the log: texts that no caller may see. */
  onRunFailure(code: ErrorCode, internal: string): void;
  onHostEnded(why: EndReason): void;
}

const CRASHES_TOLERATED = 2;
const HOSTS_LOST_TOLERATED = 2;
const LONGEST_RETRY_MS = 30_000;
const SHORTEST_RETRY_MS = 50;

/**
 * The requests of one model version on their way through its hosts. What waits survives a change of
 * host; what runs shares the fate of its host, and what ran in company with it gets another try by
 * itself, so that one request's crash is not another's.
 */
export class RunLane {
  readonly #options: RunLaneOptions;
  readonly #queue: RequestQueue<RunRequest>;
  readonly #crashes = new CrashMemory();
  readonly #seats = new Map<HostProcess, HostSeat>();
  /** Smoothed time between two answers of a busy lane, in ms; for retry hints. */
  #answerMs = 10;
  #lastAnswerUs = 0;

  constructor(options: RunLaneOptions) {
    this.#options = options;
    this.#queue = new RequestQueue(options.limits.maxQueueLength, monotonicUs, (length) =>
      Math.round(Math.min(Math.max(length * this.#answerMs, SHORTEST_RETRY_MS), LONGEST_RETRY_MS)),
    );
  }

  /** Hosts that take requests. */
  get hosts(): HostProcess[] {
    return [...this.#seats.values()].filter((seat) => !seat.isRetiring).map((seat) => seat.host);
  }

  /** Requests that wait, here or ready in a host. */
  get queueLength(): number {
    return this.#queue.length + this.#sent - this.running;
  }

  /** Requests that have begun to run. */
  get running(): number {
    let running = 0;
    for (const seat of this.#seats.values()) running += seat.started;
    return running;
  }

  get #sent(): number {
    let sent = 0;
    for (const seat of this.#seats.values()) sent += seat.size;
    return sent;
  }

  /** Requests that a host holds ready and has not begun; they wait as those in the queue do. */
  #unstarted(): number {
    let waiting = 0;
    for (const seat of this.#seats.values()) waiting += seat.unstarted;
    return waiting;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#sent === 0;
  }

  serves(host: HostProcess): boolean {
    return this.#seats.get(host)?.isRetiring === false;
  }

  /** Sends requests to this host, too. */
  add(host: HostProcess, loaded: Loaded): void {
    const { limits, budget } = this.#options;
    const seat = new HostSeat({
      host,
      loaded,
      limits,
      budget,
      queueRank: () => this.#queue.headRank ?? 2,
      onGranted: () => this.#dispatch(),
      onEnded: (why) => this.#options.onHostEnded(why),
    });
    this.#seats.set(host, seat);
    this.#dispatch();
  }

  /** The host finishes what it has, and is then closed. */
  retire(host: HostProcess): void {
    const seat = this.#seats.get(host);
    if (seat === undefined) return;
    seat.isRetiring = true;
    this.#closeIfDone(seat);
  }

  /** Runs one item when its turn comes. Rejects with a {@link DeepHealthError}. */
  async run(work: Work): Promise<RunOutcome> {
    assertWaiting(work);
    const suspicion = this.#suspicion(work.payload);
    const request = new RunRequest(work, (left) => this.#onLeave(left));
    if (suspicion > 0) request.alone = true;
    const { observer, model } = this.#options;
    observer.onQueued(model, request.priority);
    work.onQueued?.();
    try {
      this.#queue.add(request, this.#unstarted());
    } catch (full) {
      request.reject(full as DeepHealthError);
    }
    this.#dispatch();
    try {
      const outcome = await request.answered;
      this.#observe(request, undefined, outcome);
      return outcome;
    } catch (thrown) {
      this.#observe(request, (thrown as DeepHealthError).code, undefined);
      throw thrown;
    }
  }

  /** Answers everything that waits. */
  rejectQueued(error: DeepHealthError): void {
    for (const request of this.#queue.drain()) request.reject(error);
  }

  /** Answers everything that waits or runs; hosts stay, and what they compute of it goes nowhere. */
  answerAll(error: DeepHealthError): void {
    this.rejectQueued(error);
    for (const seat of this.#seats.values()) {
      for (const request of seat.requests) {
        request.reject(error);
        seat.abandon(request);
      }
    }
    this.#dispatch();
  }

  /** Fails everything that waits or runs, and ends all hosts; resolves when they are gone. */
  async rejectAll(error: DeepHealthError): Promise<void> {
    this.rejectQueued(error);
    const hosts = [...this.#seats.keys()];
    for (const [host, seat] of this.#seats) {
      for (const { request } of seat.clear()) request.reject(error);
      host.kill();
    }
    this.#seats.clear();
    await Promise.all(hosts.map((host) => host.exited));
  }

  onReply(host: HostProcess, reply: HostReply): void {
    const seat = this.#seats.get(host);
    if (seat === undefined) return;
    if (reply.type === 'started') {
      seat.onStarted(reply.ids);
    } else if (reply.type === 'paused') {
      seat.onPaused(reply.id);
    } else if (reply.type === 'results') {
      for (const result of reply.results) this.#onResult(seat, result);
      this.#countExecution(reply.results);
      this.#closeIfDone(seat);
      this.#dispatch();
    }
  }

  /** A host is gone. Tells why, if the lane had ended it. */
  onExit(host: HostProcess, exit: HostExit): EndReason | undefined {
    const seat = this.#seats.get(host);
    if (seat === undefined) return undefined;
    this.#seats.delete(host);
    for (const sent of seat.clear().reverse()) {
      const { request, companions } = sent;
      if (request.isSettled) continue;
      if (companions === 0 && request.hostsLost++ < HOSTS_LOST_TOLERATED) {
        // It did not run as far as the host could still tell, so it is not concerned.
        request.alone = true;
        this.#queue.putBack(request);
      } else if (companions > 1) {
        request.alone = true;
        this.#crashes.suspect(digestOf(request.payload));
        this.#queue.putBack(request);
      } else {
        request.reject(this.#exitError(request, seat, exit));
      }
    }
    this.#dispatch();
    return seat.endedFor;
  }

  #dispatch(): void {
    for (const seat of this.#seatsInTurn()) {
      while (this.#queue.length > 0 && seat.hasRoom(this.#queue.headRank as number)) {
        const request = this.#queue.take();
        if (request !== undefined && !request.isSettled) seat.send(request);
      }
      if (this.#queue.length === 0) seat.rest();
    }
    if (this.isIdle) this.#options.onIdle();
  }

  /** The host with the least to do first. */
  #seatsInTurn(): Iterable<HostSeat> {
    if (this.#seats.size === 1) {
      const [only] = this.#seats.values();
      return only === undefined || only.isRetiring ? [] : [only];
    }
    return [...this.#seats.values()].filter((seat) => !seat.isRetiring).sort((a, b) => a.size - b.size);
  }

  #onLeave(request: RunRequest): void {
    this.#queue.remove(request);
    for (const seat of this.#seats.values()) seat.abandon(request);
    // The place of a request that was not on its way yet is free.
    this.#dispatch();
  }

  #onResult(seat: HostSeat, result: ItemResult): void {
    const sent = seat.take(result.id);
    if (sent === undefined) return;
    const { request } = sent;
    if ('error' in result) {
      const { code, internal } = result.error;
      if (internal !== undefined) this.#options.onRunFailure(code, internal);
      request.reject(fromWireError(result.error));
      if (code === 'DH_MODEL_MEMORY_EXCEEDED') this.#options.onHostInDoubt(seat.host);
      return;
    }
    const value = 'prediction' in result ? result.prediction : result.inference;
    // Nobody else has the facts: adding to them is cheaper than copying them, for every request.
    request.resolve(Object.assign(result.run, { result: value, loaded: seat.loaded }));
    const nowUs = monotonicUs();
    const sinceMs = Math.min((nowUs - this.#lastAnswerUs) / 1000, 1000);
    this.#lastAnswerUs = nowUs;
    this.#answerMs += (sinceMs - this.#answerMs) / 16;
  }

  #countExecution(results: readonly ItemResult[]): void {
    const run = results.find((result) => result.run !== undefined)?.run;
    if (run === undefined) return;
    this.#options.observer.onExecution(this.#options.model, run.batchSize, run.timings.inferenceUs);
  }

  #observe(request: RunRequest, code: ErrorCode | undefined, facts: RunFacts | undefined): void {
    const nowUs = monotonicUs();
    const totalUs = nowUs - request.queuedAtUs;
    this.#options.observer.onFinished(this.#options.model, {
      priority: request.priority,
      code,
      totalUs,
      queueUs: facts?.queueUs ?? (request.startedAtUs ?? nowUs) - request.queuedAtUs,
      timings: facts?.timings,
      batchSize: facts?.batchSize ?? request.companyAtStart,
      rows: facts?.rows ?? 1,
    });
  }

  /** A host that no longer takes requests has done the last thing that it had to do. */
  #closeIfDone(seat: HostSeat): void {
    if (!seat.isRetiring || seat.size > 0) return;
    seat.clear();
    this.#seats.delete(seat.host);
    seat.host.close();
    if (this.isIdle) this.#options.onIdle();
  }

  /** Times that this input was there when a host died; throws if it ended two by itself. */
  #suspicion(payload: RunPayload): number {
    if (this.#crashes.isEmpty) return 0;
    const digest = digestOf(payload);
    if (this.#crashes.count(digest) >= CRASHES_TOLERATED) throw crashed();
    return this.#crashes.isSuspect(digest) ? 1 : 0;
  }

  #exitError(request: RunRequest, seat: HostSeat, exit: HostExit): DeepHealthError {
    if (seat.endedFor === 'abandoned') {
      return new DeepHealthError(
        'DH_MODEL_HOST_LOST',
        'The process that ran the model was replaced, because another request did not end. Send it again.',
        { retryAfterMs: 500 },
      );
    }
    const crashes = this.#crashes.record(digestOf(request.payload));
    if (seat.endedFor === 'run-timeout') {
      const limitMs = seat.runTimeoutMs;
      return new DeepHealthError('DH_MODEL_RUN_TIMEOUT', `The model ran longer than ${limitMs} ms and was stopped.`, {
        details: { expected: `at most ${limitMs} ms` },
      });
    }
    if (exit.memoryExceeded) {
      return new DeepHealthError(
        'DH_MODEL_MEMORY_EXCEEDED',
        'The model needed more memory than its limit and was stopped.',
      );
    }
    if (crashes >= CRASHES_TOLERATED) return crashed();
    return new DeepHealthError(
      'DH_MODEL_HOST_LOST',
      'The process that ran the model ended during this request. It is started again.',
      { retryAfterMs: 500 },
    );
  }
}

function digestOf(payload: RunPayload): string {
  return digestInputs(payload.type === 'predict' ? payload.inputs : payload.tensors);
}

function crashed(): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_CRASHED',
    'This very input ended the process of the model twice; it is not run again.',
  );
}
