import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { HostReply, HostRequest } from '../host/host-messages.js';
import type { HostExit, HostProcess } from '../host/host-process.js';
import { digestInputs } from '../host/input-digest.js';
import type { ModelInput } from '../host/model-input.js';
import { fromWireError } from '../host/wire-error.js';
import { CrashMemory } from './crash-memory.js';
import type { ModelLimits } from './model-limits.js';
import type { Loaded } from './start-host.js';
import { type Taken, type Work, WorkQueue } from './work-queue.js';

export type RunPayload =
  | {
      readonly type: 'predict';
      readonly inputs: Readonly<Record<string, ModelInput>>;
      readonly outputs: readonly string[];
    }
  | {
      readonly type: 'infer';
      readonly tensors: Readonly<Record<string, RawTensor>>;
      readonly outputs: readonly string[];
    };

export interface RunOutcome<R> {
  readonly result: R;
  readonly queueUs: number;
  /** What served this very run: a version that is verified again meanwhile may be another one. */
  readonly loaded: Loaded;
}

export interface RunLaneOptions {
  readonly limits: ModelLimits;
  onIdle(): void;
  /** The engine could not allocate; the host is in doubt and should be replaced. */
  onHostInDoubt(host: HostProcess): void;
  /** For the log: texts that no caller may see. */
  onRunFailure(code: string, internal: string): void;
  onHostEnded(why: EndReason): void;
}

/** Why the lane itself ended a host. */
export type EndReason = 'run-timeout' | 'abandoned';

interface Running {
  readonly id: number;
  readonly host: HostProcess;
  readonly loaded: Loaded;
  readonly work: Taken<RunPayload, RunOutcome<unknown>>;
  readonly queueUs: number;
  readonly timers: NodeJS.Timeout[];
  forgetCaller(): void;
  endedFor?: EndReason;
}

const MAX_TIMER_MS = 0x7fff_ffff;
const CRASHES_TOLERATED = 2;

/**
 * The requests of one model version on their way through its host, one after another. Work that
 * waits survives a change of host; work that runs shares the fate of its host.
 */
export class RunLane {
  readonly #options: RunLaneOptions;
  readonly #queue: WorkQueue<RunPayload & { readonly queuedAt: bigint }, RunOutcome<unknown>>;
  readonly #crashes = new CrashMemory();
  #serving: { readonly host: HostProcess; readonly loaded: Loaded } | undefined;
  #running: Running | undefined;
  #nextId = 1;

  constructor(options: RunLaneOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.limits.maxQueueLength);
  }

  /** The host that gets the next request. */
  get host(): HostProcess | undefined {
    return this.#serving?.host;
  }

  get isIdle(): boolean {
    return this.#running === undefined && this.#queue.length === 0;
  }

  /** Sends the next request to this host; the one before it is closed when its run is done. */
  serve(host: HostProcess, loaded: Loaded): void {
    const old = this.#serving?.host;
    this.#serving = { host, loaded };
    if (old !== undefined && this.#running?.host !== old) old.close();
    this.#next();
  }

  /** Takes the host away; a run on it goes on, and nothing new starts. */
  withdraw(): HostProcess | undefined {
    const host = this.#serving?.host;
    this.#serving = undefined;
    return host;
  }

  /** Runs one item when its turn comes. Rejects with a {@link DeepHealthError}. */
  async run(work: Work<RunPayload>): Promise<RunOutcome<unknown>> {
    if (!this.#crashes.isEmpty && this.#crashes.count(digestOf(work.payload)) >= CRASHES_TOLERATED) throw crashed();
    const outcome = this.#queue.add({ ...work, payload: { ...work.payload, queuedAt: process.hrtime.bigint() } });
    this.#next();
    return outcome;
  }

  /** Fails everything that waits or runs, and ends the host of what runs. */
  rejectAll(error: DeepHealthError): void {
    this.#running?.host.kill();
    this.#running?.work.reject(error);
    this.#endRunning();
    this.#queue.rejectAll(error);
  }

  onReply(host: HostProcess, reply: HostReply): void {
    const running = this.#running;
    if (running === undefined || running.host !== host || !('id' in reply) || reply.id !== running.id) return;
    this.#endRunning();
    if (reply.type === 'failed') {
      const { code, internal } = reply.error;
      if (internal !== undefined) this.#options.onRunFailure(code, internal);
      running.work.reject(fromWireError(reply.error));
      if (code === 'DH_MODEL_MEMORY_EXCEEDED') this.#options.onHostInDoubt(host);
    } else {
      running.work.resolve({ result: reply.result, queueUs: running.queueUs, loaded: running.loaded });
    }
    this.#retire(host);
    this.#next();
  }

  /** A host is gone. Tells why, if the lane had ended it. */
  onExit(host: HostProcess, exit: HostExit): EndReason | undefined {
    const running = this.#running?.host === host ? this.#running : undefined;
    if (running !== undefined) {
      this.#endRunning();
      running.work.reject(this.#exitError(running, exit));
    }
    if (this.#serving?.host === host) this.#serving = undefined;
    this.#next();
    return running?.endedFor;
  }

  #next(): void {
    if (this.#running !== undefined || this.#serving === undefined) return;
    const work = this.#queue.take();
    if (work === undefined) {
      this.#options.onIdle();
      return;
    }
    const { queuedAt, ...payload } = work.payload;
    const { host, loaded } = this.#serving;
    const id = this.#nextId++;
    const queueUs = Number((process.hrtime.bigint() - queuedAt) / 1000n);
    this.#running = { id, host, loaded, work, queueUs, timers: [], forgetCaller: () => undefined };
    this.#watch(this.#running);
    host.send({ ...payload, id } as HostRequest);
  }

  /** A host that no longer serves has done the last thing that it had to do. */
  #retire(host: HostProcess): void {
    if (this.#serving?.host !== host) host.close();
  }

  /** Ends the host when a run goes on too long, or on after its caller has left. */
  #watch(running: Running): void {
    const { timers, work } = running;
    const end = (why: EndReason) => {
      running.endedFor = why;
      this.#options.onHostEnded(why);
      running.host.kill();
    };
    timers.push(setTimeout(() => end('run-timeout'), this.#runTimeoutMs(running.loaded)));
    const left = () => timers.push(setTimeout(() => end('abandoned'), this.#options.limits.abandonGraceMs));
    if (Number.isFinite(work.deadlineMs)) {
      timers.push(setTimeout(left, Math.min(Math.max(0, work.deadlineMs - Date.now()), MAX_TIMER_MS)));
    }
    // The signal outlives the run: a caller may end its call, or its stream, long after the answer.
    work.signal.addEventListener('abort', left, { once: true });
    running.forgetCaller = () => work.signal.removeEventListener('abort', left);
  }

  #endRunning(): void {
    this.#running?.forgetCaller();
    for (const timer of this.#running?.timers ?? []) clearTimeout(timer);
    this.#running = undefined;
  }

  #runTimeoutMs({ manifest }: Loaded): number {
    return Math.min(this.#options.limits.runTimeoutMs, manifest.resources?.runTimeoutMs ?? Number.POSITIVE_INFINITY);
  }

  #exitError(running: Running, exit: HostExit): DeepHealthError {
    if (running.endedFor === 'abandoned') {
      return new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
    }
    const crashes = this.#crashes.record(digestOf(running.work.payload));
    if (running.endedFor === 'run-timeout') {
      const limitMs = this.#runTimeoutMs(running.loaded);
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
