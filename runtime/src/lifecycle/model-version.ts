import { EventEmitter } from 'node:events';
import { DeepHealthError, type Manifest, parseManifest, type RawTensor } from '@deephealth/sdk';
import type {
  HostReply,
  HostRequest,
  InferenceResult,
  LoadedPackage,
  PredictionResult,
  VerificationReport,
} from '../host/host-messages.js';
import { type HostExit, HostProcess } from '../host/host-process.js';
import { digestInputs } from '../host/input-digest.js';
import type { ModelInput } from '../host/model-input.js';
import { fromWireError } from '../host/wire-error.js';
import type { Log } from '../log.js';
import { CrashMemory } from './crash-memory.js';
import { capResources, declaredResources } from './declared-resources.js';
import { type Taken, type Work, WorkQueue } from './work-queue.js';

export type ModelState = 'DISCOVERED' | 'VERIFYING' | 'READY' | 'DRAINING' | 'UNLOADED' | 'QUARANTINED';

export interface ModelLimits {
  /** Of a host, unless the manifest says otherwise. */
  readonly memoryMiB: number;
  readonly loadTimeoutMs: number;
  readonly runTimeoutMs: number;
  /** Time that a run may go on after its caller has left, before its host is replaced. */
  readonly abandonGraceMs: number;
  readonly maxQueueLength: number;
  readonly intraOpThreads: number;
}

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

type StartOutcome =
  | { readonly host: HostProcess; readonly loaded: Loaded }
  | {
      readonly error: DeepHealthError;
      readonly report: VerificationReport | undefined;
      readonly packageSha256: string;
    };

/** What READY stands on. */
export interface Loaded extends LoadedPackage {
  readonly manifest: Manifest;
}

interface Running {
  readonly id: number;
  readonly host: HostProcess;
  readonly loaded: Loaded;
  readonly work: Taken<RunPayload, RunOutcome<unknown>>;
  readonly queueUs: number;
  readonly timers: NodeJS.Timeout[];
  forgetCaller(): void;
  /** Set when we end the host because of this run. */
  killedFor?: 'run-timeout' | 'abandoned';
}

const RESTART_BACKOFF_MS = [0, 100, 500, 2000, 5000];
const RESTARTS_ALLOWED = 5;
const RESTART_WINDOW_MS = 60_000;

/**
 * One version of one model: its state, its host process and the requests that wait for it.
 * Emits 'change' whenever its state, reason or host changes.
 */
export class ModelVersion extends EventEmitter<{ change: [] }> {
  readonly name: string;
  readonly version: string;
  readonly #folder: string;
  readonly #limits: ModelLimits;
  readonly #log: Log;
  readonly #queue: WorkQueue<RunPayload & { readonly queuedAt: bigint }, RunOutcome<unknown>>;
  readonly #crashes = new CrashMemory();
  readonly #restarts: number[] = [];

  #state: ModelState = 'DISCOVERED';
  #stateChangedAtMs = Date.now();
  #reason: DeepHealthError | undefined;
  #report: VerificationReport | undefined;
  #refusedPackageSha256 = '';
  #loaded: Loaded | undefined;
  #host: HostProcess | undefined;
  #running: Running | undefined;
  #nextId = 1;
  #hostRestarts = 0;
  #verification: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: { name: string; version: string; folder: string; limits: ModelLimits; log: Log }) {
    super();
    this.name = options.name;
    this.version = options.version;
    this.#folder = options.folder;
    this.#limits = options.limits;
    this.#log = options.log;
    this.#queue = new WorkQueue(options.limits.maxQueueLength);
  }

  get state(): ModelState {
    return this.#state;
  }
  get stateChangedAtMs(): number {
    return this.#stateChangedAtMs;
  }
  /** Why the version is not READY, if it was refused. */
  get reason(): DeepHealthError | undefined {
    return this.#reason;
  }
  get report(): VerificationReport | undefined {
    return this.#report;
  }
  /** The verified package, once there was one. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
  }
  get packageSha256(): string {
    return this.#state === 'QUARANTINED' && this.#refusedPackageSha256 !== ''
      ? this.#refusedPackageSha256
      : (this.#loaded?.packageSha256 ?? '');
  }
  get hostRestarts(): number {
    return this.#hostRestarts;
  }
  /** Process id of the model host, for operators and tests. */
  get hostPid(): number | undefined {
    return this.#host?.pid;
  }

  /**
   * Verifies the package as it is on disk in a new host and, if it passes, makes that host serve.
   * While a READY version is verified again, its old host goes on serving. Concurrent calls share
   * one verification. Never rejects: the state tells the outcome.
   */
  async verify(): Promise<void> {
    // A verification that was overtaken by an unload ends without a result; it counts for nobody.
    while (this.#verification !== undefined && this.#state === 'UNLOADED') await this.#verification;
    this.#verification ??= this.#verifyOnce().finally(() => {
      this.#verification = undefined;
    });
    return this.#verification;
  }

  async #verifyOnce(): Promise<void> {
    if (this.#state !== 'READY') this.#enter('VERIFYING');
    this.#log('info', 'model.verifying', this.#logFields());
    const outcome = await this.#startHost();
    if (this.#state === 'UNLOADED' || this.#state === 'DRAINING') {
      if ('host' in outcome) outcome.host.kill();
      return;
    }
    if ('error' in outcome) {
      this.#report = outcome.report;
      this.#refusedPackageSha256 = outcome.packageSha256;
      this.#quarantine(outcome.error);
      return;
    }
    this.#report = outcome.loaded.report;
    this.#loaded = outcome.loaded;
    const old = this.#host;
    this.#host = outcome.host;
    if (this.#running !== undefined && old !== undefined) this.#finishThenClose(old);
    else old?.close();
    this.#enter('READY');
    this.#log('info', 'model.ready', { ...this.#logFields(), packageSha256: outcome.loaded.packageSha256 });
    this.#pump();
  }

  /** The run under way belongs to a host that is no longer the serving one; it may end its run. */
  #finishThenClose(old: HostProcess): void {
    const running = this.#running as Running;
    const finish = () => {
      if (this.#running === running) return setTimeout(finish, 10);
      old.close();
      return undefined;
    };
    finish();
  }

  /** Starts a host and loads the package in it, within the memory and time limits. */
  async #startHost(): Promise<StartOutcome> {
    const { memoryMiB, loadTimeoutMs } = capResources(await declaredResources(this.#folder), this.#limits);
    return new Promise((resolve) => {
      let isLoading = true;
      const settle = (outcome: StartOutcome) => {
        isLoading = false;
        clearTimeout(timer);
        resolve(outcome);
      };
      const refuse = (thrown: DeepHealthError, report?: VerificationReport, packageSha256 = '') => {
        host.kill();
        // The engine's own failed allocation says the same as the watchdog; the limit makes it clear.
        const error = thrown.code === 'DH_MODEL_MEMORY_EXCEEDED' ? memoryExceeded(memoryMiB) : thrown;
        settle({ error, report, packageSha256 });
      };
      const onLoaded = (reply: HostReply) => {
        if (reply.type === 'load-failed') refuse(fromWireError(reply.error), reply.report, reply.packageSha256);
        if (reply.type !== 'loaded') return;
        try {
          const manifest = parseManifest(Buffer.from(reply.package.manifestJson));
          this.#checkIdentity(manifest);
          settle({ host, loaded: { ...reply.package, manifest } });
        } catch (thrown) {
          refuse(DeepHealthError.from(thrown), reply.package.report, reply.package.packageSha256);
        }
      };
      const host: HostProcess = new HostProcess({
        memoryLimitMiB: memoryMiB,
        onReply: (reply) => (isLoading ? onLoaded(reply) : this.#onReply(host, reply)),
        onExit: (exit) =>
          isLoading
            ? settle({ error: loadFailure(exit, memoryMiB), report: undefined, packageSha256: '' })
            : this.#onExit(host, exit),
        onOutput: (line) => this.#log('debug', 'host.output', { ...this.#logFields(), line }),
      });
      const timer = setTimeout(() => {
        refuse(
          new DeepHealthError(
            'DH_MODEL_LOAD_TIMEOUT',
            `Loading and verifying took longer than ${loadTimeoutMs} ms and was stopped.`,
            { details: { expected: `at most ${loadTimeoutMs} ms` } },
          ),
        );
      }, loadTimeoutMs);
      host.send({ type: 'load', folder: this.#folder, intraOpThreads: this.#limits.intraOpThreads });
    });
  }

  #checkIdentity(manifest: Manifest): void {
    if (manifest.name === this.name && manifest.version === this.version) return;
    throw new DeepHealthError(
      'DH_MANIFEST_INVALID',
      `model.json: fields "/name" and "/version" say "${manifest.name}" "${manifest.version}", the folders say "${this.name}" "${this.version}". Rename one of them.`,
      {
        details: { file: 'model.json', field: '/name' },
      },
    );
  }

  /** Runs one item when its turn comes. Rejects with a {@link DeepHealthError}. */
  async run<R extends PredictionResult | InferenceResult>(work: Work<RunPayload>): Promise<RunOutcome<R>> {
    this.assertServing();
    if (!this.#crashes.isEmpty && this.#crashes.count(digestOf(work.payload)) >= 2) throw crashedTwice();
    const result = this.#queue.add({ ...work, payload: { ...work.payload, queuedAt: process.hrtime.bigint() } });
    this.#pump();
    return (await result) as RunOutcome<R>;
  }

  /** Throws the error that a request to this version gets now, if it cannot be served. */
  assertServing(): void {
    switch (this.#state) {
      case 'READY':
        return;
      case 'VERIFYING':
        // A host that died is being replaced; requests wait for it as they wait for a turn.
        if (this.#loaded !== undefined) return;
        throw new DeepHealthError('DH_MODEL_NOT_READY', `Model "${this.name}" ${this.version} is being verified.`, {
          retryAfterMs: 500,
        });
      case 'QUARANTINED':
        throw new DeepHealthError(
          'DH_MODEL_QUARANTINED',
          `Model "${this.name}" ${this.version} was refused: ${this.#reason?.message ?? ''}`,
          {
            details: { model: this.name, version: this.version, reason: this.#reason?.reason ?? '' },
          },
        );
      case 'UNLOADED':
        throw new DeepHealthError('DH_MODEL_UNLOADED', `Model "${this.name}" ${this.version} was unloaded.`);
      default:
        throw new DeepHealthError(
          'DH_MODEL_NOT_READY',
          `Model "${this.name}" ${this.version} is ${this.#state.toLowerCase()}.`,
          { retryAfterMs: 500 },
        );
    }
  }

  #pump(): void {
    if (
      this.#running !== undefined ||
      this.#host === undefined ||
      (this.#state !== 'READY' && this.#state !== 'DRAINING')
    )
      return;
    const work = this.#queue.take();
    if (work === undefined) {
      this.#drained?.();
      return;
    }
    const { queuedAt, ...payload } = work.payload;
    const id = this.#nextId++;
    const queueUs = Number((process.hrtime.bigint() - queuedAt) / 1000n);
    const running: Running = {
      id,
      host: this.#host,
      loaded: this.#loaded as Loaded,
      work,
      queueUs,
      timers: [],
      forgetCaller: () => undefined,
    };
    this.#running = running;
    this.#watch(running);
    this.#host.send({ ...payload, id } as HostRequest);
  }

  /** Replaces the host when a run goes on too long, or on after its caller has left. */
  #watch(running: Running): void {
    const { timers, work } = running;
    const end = (why: NonNullable<Running['killedFor']>) => {
      running.killedFor = why;
      this.#log('warn', 'host.replaced', { ...this.#logFields(), why });
      running.host.kill();
    };
    timers.push(setTimeout(() => end('run-timeout'), this.#runTimeoutMs(running.loaded)));
    const left = () => timers.push(setTimeout(() => end('abandoned'), this.#limits.abandonGraceMs));
    if (Number.isFinite(work.deadlineMs)) {
      timers.push(setTimeout(left, Math.min(Math.max(0, work.deadlineMs - Date.now()), 0x7fffffff)));
    }
    // The signal outlives the run: a caller may end its call, or its stream, long after the answer.
    work.signal.addEventListener('abort', left, { once: true });
    running.forgetCaller = () => work.signal.removeEventListener('abort', left);
  }

  #onReply(host: HostProcess, reply: HostReply): void {
    const running = this.#running;
    if (running === undefined || running.host !== host || !('id' in reply) || reply.id !== running.id) return;
    this.#endRunning();
    if (reply.type === 'failed') {
      if (reply.error.internal !== undefined)
        this.#log('warn', 'run.failed', {
          ...this.#logFields(),
          code: reply.error.code,
          internal: reply.error.internal,
        });
      running.work.reject(fromWireError(reply.error));
      if (reply.error.code === 'DH_MODEL_MEMORY_EXCEEDED' && host === this.#host) {
        // What the engine still holds after a failed allocation is not known; a new host is.
        this.#host = undefined;
        host.kill();
        this.#restart(true);
      }
    } else {
      running.work.resolve({ result: reply.result, queueUs: running.queueUs, loaded: running.loaded });
    }
    this.#pump();
  }

  #onExit(host: HostProcess, exit: HostExit): void {
    const running = this.#running?.host === host ? this.#running : undefined;
    if (running !== undefined) {
      this.#endRunning();
      running.work.reject(this.#exitError(running, exit));
    }
    if (host !== this.#host) {
      // A host that was being replaced anyway; its run was the last thing it had to do.
      this.#pump();
      return;
    }
    this.#host = undefined;
    if (this.#state === 'UNLOADED' || this.#state === 'QUARANTINED') return;
    if (this.#state === 'DRAINING') {
      this.#drained?.();
      return;
    }
    this.#log('warn', 'host.exited', {
      ...this.#logFields(),
      signal: exit.signal ?? undefined,
      exitCode: exit.exitCode ?? undefined,
      memoryExceeded: exit.memoryExceeded,
    });
    this.#restart(running?.killedFor === 'abandoned');
  }

  #exitError(running: Running, exit: HostExit): DeepHealthError {
    if (running.killedFor === 'abandoned')
      return new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
    const crashes = this.#crashes.record(digestOf(running.work.payload));
    if (running.killedFor === 'run-timeout') {
      const limitMs = this.#runTimeoutMs(running.loaded);
      return new DeepHealthError('DH_MODEL_RUN_TIMEOUT', `The model ran longer than ${limitMs} ms and was stopped.`, {
        details: { expected: `at most ${limitMs} ms` },
      });
    }
    if (exit.memoryExceeded)
      return new DeepHealthError(
        'DH_MODEL_MEMORY_EXCEEDED',
        'The model needed more memory than its limit and was stopped.',
      );
    if (crashes >= 2) return crashedTwice();
    return new DeepHealthError(
      'DH_MODEL_HOST_LOST',
      'The process that ran the model ended during this request. It is started again.',
      { retryAfterMs: 500 },
    );
  }

  /** `isByIntent`: we ended the host because its caller had left, which says nothing against the model. */
  #restart(isByIntent: boolean): void {
    this.#hostRestarts += 1;
    if (isByIntent) {
      this.#enter('VERIFYING');
      void this.verify();
      return;
    }
    const now = Date.now();
    while ((this.#restarts[0] ?? now) < now - RESTART_WINDOW_MS) this.#restarts.shift();
    if (this.#restarts.length >= RESTARTS_ALLOWED) {
      this.#quarantine(
        new DeepHealthError(
          'DH_MODEL_KEEPS_FAILING',
          `The process of the model ended ${this.#restarts.length + 1} times within ${RESTART_WINDOW_MS / 1000} s.`,
        ),
      );
      return;
    }
    const backoffMs = RESTART_BACKOFF_MS[this.#restarts.length] ?? 5000;
    this.#restarts.push(now);
    this.#enter('VERIFYING');
    setTimeout(() => {
      if (this.#state === 'VERIFYING') void this.verify();
    }, backoffMs).unref();
  }

  #runTimeoutMs(loaded: Loaded): number {
    return Math.min(this.#limits.runTimeoutMs, loaded.manifest.resources?.runTimeoutMs ?? Number.POSITIVE_INFINITY);
  }

  #endRunning(): void {
    this.#running?.forgetCaller();
    for (const timer of this.#running?.timers ?? []) clearTimeout(timer);
    this.#running = undefined;
  }

  #quarantine(reason: DeepHealthError): void {
    this.#enter('QUARANTINED', reason);
    this.#log('error', 'model.quarantined', {
      ...this.#logFields(),
      code: reason.code,
      message: reason.message,
      internal: reason.cause instanceof Error ? reason.cause.message : undefined,
    });
    this.#host?.kill();
    this.#host = undefined;
    const refused = new DeepHealthError(
      'DH_MODEL_QUARANTINED',
      `Model "${this.name}" ${this.version} was refused: ${reason.message}`,
      {
        details: { model: this.name, version: this.version, reason: reason.reason },
      },
    );
    this.#running?.work.reject(refused);
    this.#endRunning();
    this.#queue.rejectAll(refused);
  }

  /** Takes no new work, lets what it has finish (at most `graceMs`), then frees the host. */
  async unload(graceMs: number): Promise<void> {
    if (this.#state === 'UNLOADED') return;
    const serving = this.#state === 'READY';
    this.#enter('DRAINING');
    if (serving && (this.#running !== undefined || this.#queue.length > 0)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#drained = undefined;
    this.#enter('UNLOADED');
    const stopped = new DeepHealthError('DH_SERVER_STOPPING', 'The model was unloaded before the request was done.');
    this.#running?.work.reject(stopped);
    this.#endRunning();
    this.#queue.rejectAll(stopped);
    const host = this.#host;
    this.#host = undefined;
    host?.kill();
    await host?.exited;
    this.#log('info', 'model.unloaded', this.#logFields());
  }

  #enter(state: ModelState, reason?: DeepHealthError): void {
    this.#state = state;
    this.#reason = reason;
    this.#stateChangedAtMs = Date.now();
    this.emit('change');
  }

  #logFields() {
    return { model: this.name, version: this.version };
  }
}

function digestOf(payload: RunPayload): string {
  return digestInputs(payload.type === 'predict' ? payload.inputs : payload.tensors);
}

function crashedTwice(): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_CRASHED',
    'This very input ended the process of the model twice; it is not run again.',
  );
}

function memoryExceeded(memoryMiB: number): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_MEMORY_EXCEEDED',
    `Loading and verifying the model needs more than its limit of ${memoryMiB} MiB and was stopped.`,
    { details: { expected: `at most ${memoryMiB} MiB` } },
  );
}

function loadFailure(exit: HostExit, memoryMiB: number): DeepHealthError {
  if (exit.memoryExceeded) return memoryExceeded(memoryMiB);
  const how = exit.signal === null ? `exit code ${exit.exitCode ?? 'unknown'}` : exit.signal;
  return new DeepHealthError('DH_MODEL_LOAD_FAILED', `The process of the model ended while loading (${how}).`);
}
