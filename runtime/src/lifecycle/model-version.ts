import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError, type PackageEvidence } from '@deephealth/sdk';
import type { Suspension } from '../control/control-state.js';
import { type ControlView, UNCONTROLLED } from '../control/control-table.js';
import type { BatchingProof } from '../host/batching-proof.js';
import type { HostReply, InferenceResult, PredictionResult, VerificationReport } from '../host/host-messages.js';
import type { HostExit, HostProcess } from '../host/host-process.js';
import type { Log } from '../log.js';
import type { SequenceTable } from '../sequences/sequence-table.js';
import { isTrustRefusal } from '../trust/trust-guard.js';
import { BackendWatch } from './backend-watch.js';
import { monotonicMs } from './deadline-clock.js';
import { Drain } from './drain.js';
import { HostMemory } from './host-memory.js';
import type { ModelLimits } from './model-limits.js';
import { RestartPolicy } from './restart-policy.js';
import { RunLane } from './run-lane.js';
import type { HostReplacement, RunObserver } from './run-observer.js';
import { type ModelOutcome, type ModelWork, SequencedRuns } from './sequenced-runs.js';
import { type Loaded, wasKilledByOthers } from './start-host.js';
import { type StartedVersion, startTrusted, stillTrusted, type TrustedOutcome } from './start-trusted.js';
import { quarantined, suspended, unloaded } from './version-errors.js';

/** Where a version stands in its life. */
export type ModelState = 'DISCOVERED' | 'VERIFYING' | 'READY' | 'DRAINING' | 'UNLOADED' | 'QUARANTINED';

export interface ModelVersionOptions extends StartedVersion {
  readonly observer: RunObserver;
  readonly log: Log;
  /** What was stopped. Default nothing. */
  readonly control?: ControlView | undefined;
}

/**
 * One version of one model: its state, and the hosts that serve it while it is READY.
 * Emits 'change' whenever its state changes.
 */
export class ModelVersion extends EventEmitter<{ change: [] }> {
  readonly name: string;
  readonly version: string;
  readonly #options: ModelVersionOptions;
  readonly #log: Log;
  readonly #lane: RunLane;
  readonly #restartPolicy = new RestartPolicy();

  #state: ModelState = 'DISCOVERED';
  #stateChangedAtMs = Date.now();
  #reason: DeepHealthError | undefined;
  #notice: DeepHealthError | undefined;
  #report: VerificationReport | undefined;
  #refused: { readonly packageSha256: string; readonly title: string } | undefined;
  #loaded: Loaded | undefined;
  readonly #runs: SequencedRuns;
  #proven: { readonly packageSha256: string; readonly batching: BatchingProof } | undefined;
  #hostRestarts = 0;
  /** Who vouches for what serves, or for what was refused for that. */
  #evidence: PackageEvidence | undefined;
  readonly #control: ControlView;
  #verification: Promise<void> | undefined;
  #stopLoading = new AbortController();
  /** An unload that is under way. */
  #unloading: Promise<void> | undefined;
  readonly #drain = new Drain();
  readonly #memory = new HostMemory();
  /** Hosts that are being replaced by a fresh one while they go on. */
  readonly #recycling = new Set<HostProcess>();
  readonly #backend: BackendWatch;
  /** Memory limit of the host that was started last. */
  #memoryMiB = Number.POSITIVE_INFINITY;

  constructor(options: ModelVersionOptions) {
    super();
    this.name = options.name;
    this.version = options.version;
    this.#options = options;
    this.#control = options.control ?? UNCONTROLLED;
    const { log, limits, budget, observer } = options;
    this.#log = (level, event, fields) => log(level, event, { model: this.name, version: this.version, ...fields });
    this.#lane = new RunLane({
      model: this,
      limits,
      budget,
      observer,
      onIdle: () => this.#drain.end(),
      onHostInDoubt: (host) => this.#replaceDoubtful(host),
      onRunFailure: (code, internal) => this.#log('warn', 'run.failed', { code, internal }),
      onHostEnded: (why) => this.#log('warn', 'host.replaced', { why }),
    });
    this.#runs = new SequencedRuns(this, this.#lane, limits);
    this.#backend = new BackendWatch({
      serves: (host) => this.#lane.serves(host),
      isReady: () => this.#state === 'READY',
      verify: () => this.verify({ sameFiles: this.#state === 'READY' }),
      onHealth: ({ isServing, reason }) =>
        this.#log(isServing ? 'info' : 'warn', 'backend.health', { isServing, reason }),
      onAway: () => this.emit('change'),
    });
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
  /** Why newer files of a version that serves were refused, if they were. */
  get notice(): DeepHealthError | undefined {
    return this.#notice;
  }
  get folder(): string {
    return this.#options.folder;
  }
  get report(): VerificationReport | undefined {
    return this.#report;
  }
  /** The verified package, once there was one. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
  }
  get limits(): ModelLimits {
    return this.#options.limits;
  }
  get packageSha256(): string {
    return this.#refused?.packageSha256 || (this.#loaded?.packageSha256 ?? '');
  }
  get title(): string {
    return this.#refused?.title || (this.#loaded?.manifest.title ?? '');
  }
  /** Times that a host was started in the place of one that had ended while it served. */
  get hostRestarts(): number {
    return this.#hostRestarts;
  }
  /** Process id of the first model host, for operators and tests. */
  get hostPid(): number | undefined {
    return this.#lane.hosts[0]?.pid;
  }
  /** Hosts with the resident memory that each told last. */
  get hosts(): { readonly pid: number | undefined; readonly rssBytes: number }[] {
    return this.#lane.hosts.map((host) => ({ pid: host.pid, rssBytes: this.#memory.rssBytes(host) }));
  }
  /** Sequences that are open; undefined for a model that keeps no state. */
  get sequences(): SequenceTable | undefined {
    return this.#runs.table;
  }
  get queueLength(): number {
    return this.#lane.queueLength;
  }
  get running(): number {
    return this.#lane.running;
  }
  /** True if a request is answered now: READY, not suspended, and the server that runs its graph, if any, answers. */
  get isServing(): boolean {
    return this.#state === 'READY' && this.#backend.away === undefined && this.suspension === undefined;
  }
  /** True if requests may be given to it: it serves, or will as soon as a host that died is replaced. */
  get canAnswer(): boolean {
    const isReady = this.#state === 'READY' || (this.#state === 'VERIFYING' && this.#loaded !== undefined);
    return isReady && this.suspension === undefined;
  }
  /** Who has stopped its use, and why; undefined if nobody has. */
  get suspension(): Suspension | undefined {
    return this.#control.suspensionOf(this.name, this.version);
  }

  /**
   * Verifies the package as it is on disk in a new host and, if it passes, makes that host serve.
   * While a READY version is verified again, its old hosts go on serving. Concurrent calls share
   * one verification. Never rejects: the state tells the outcome. With `keepServing`, a READY
   * version whose new files are refused stays as it is, and {@link notice} says why. A version that
   * is being unloaded stays so, unless `endsUnload` says that it is wanted back. With `sameFiles`,
   * as where a host died, files that were changed since they were verified are refused.
   */
  async verify(
    options: { readonly keepServing?: boolean; readonly endsUnload?: boolean; readonly sameFiles?: boolean } = {},
  ): Promise<void> {
    if (this.#state === 'DRAINING' && options.endsUnload !== true) return;
    // A verification that was overtaken by an unload ends without a result; it counts for nobody.
    while (this.#verification !== undefined && (this.#state === 'UNLOADED' || this.#state === 'DRAINING')) {
      await this.#verification;
    }
    this.#verification ??= this.#verifyOnce(options.keepServing ?? false, options.sameFiles ?? false).finally(() => {
      this.#verification = undefined;
    });
    return this.#verification;
  }

  async #verifyOnce(keepServing: boolean, sameFiles: boolean): Promise<void> {
    if (this.#state !== 'READY') this.#enter('VERIFYING');
    this.#drain.end();
    this.#log('info', 'model.verifying');
    this.#stopLoading = new AbortController();
    const verified = sameFiles ? this.#loaded?.packageSha256 : undefined;
    const outcome = stillTrusted(this.#options, await this.#startPatiently(this.#stopLoading.signal, verified));
    if (this.#state === 'UNLOADED' || this.#state === 'DRAINING') {
      if ('host' in outcome) outcome.host.kill();
      return;
    }
    if ('error' in outcome) {
      const isAway = outcome.error.code === 'DH_REMOTE_UNAVAILABLE';
      if ((keepServing || isAway) && this.#state === 'READY') {
        this.#notice = outcome.error;
        this.#log('error', 'model.replacement-refused', { code: outcome.error.code, message: outcome.error.message });
        this.emit('change');
        return;
      }
      this.#report = outcome.report;
      this.#evidence = outcome.evidence;
      this.#quarantine(outcome.error, outcome);
      return;
    }
    const old = this.#lane.hosts;
    this.#evidence = outcome.evidence;
    this.#makeReady(outcome.host, outcome.loaded);
    for (const host of old) this.#lane.retire(host);
    void this.#startOthers();
  }

  /** Starts a host, and another one where somebody kills it while it loads, as often as hosts may die. */
  async #startPatiently(signal: AbortSignal, verified: string | undefined): Promise<TrustedOutcome> {
    for (;;) {
      const outcome = await this.#start(signal, verified);
      if (!('error' in outcome) || !wasKilledByOthers(outcome.error)) return outcome;
      const pauseMs = this.#restartPolicy.onDeath(monotonicMs());
      if (pauseMs === undefined || signal.aborted) return outcome;
      this.#log('warn', 'host.exited', { signal: 'SIGKILL', while: 'loading' });
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #makeReady(host: HostProcess, loaded: Loaded): void {
    this.#report = loaded.report;
    this.#notice = undefined;
    if (this.#loaded?.packageSha256 !== loaded.packageSha256 || this.sequences === undefined) {
      this.#runs.open(loaded.manifest);
    }
    this.#loaded = loaded;
    this.#refused = undefined;
    this.#backend.reset();
    this.#proven = { packageSha256: loaded.packageSha256, batching: loaded.batching };
    this.#enter('READY');
    this.#log('info', 'model.ready', {
      packageSha256: loaded.packageSha256,
      batching: loaded.batching.reason,
      hostPid: host.pid,
    });
    this.#lane.add(host, loaded);
    this.#backend.hearEarly(host);
  }

  /** Starts the instances beyond the first; each is verified like it. */
  async #startOthers(): Promise<void> {
    const { limits } = this.#options;
    const wanted = Math.min(this.#loaded?.manifest.execution?.instances ?? limits.instances, limits.instances);
    while (this.#state === 'READY' && this.#lane.hosts.length < wanted) {
      if (!(await this.#addHost())) return;
    }
  }

  /** One more host of what is READY; false if it could not be started. */
  async #addHost(): Promise<boolean> {
    const { signal } = this.#stopLoading;
    const outcome = await this.#start(signal, this.#loaded?.packageSha256);
    if (this.#state !== 'READY' || signal.aborted || 'error' in outcome) {
      if ('host' in outcome) outcome.host.kill();
      else this.#log('warn', 'host.not-started', { code: outcome.error.code, message: outcome.error.message });
      return false;
    }
    if (outcome.loaded.packageSha256 !== this.#loaded?.packageSha256) {
      // Files that were changed since are for a verification to judge, not for a second host.
      outcome.host.kill();
      this.#log('warn', 'host.not-started', { message: 'The package on disk is no longer the one that is served.' });
      return false;
    }
    this.#lane.add(outcome.host, outcome.loaded);
    this.#backend.hearEarly(outcome.host);
    return true;
  }

  #start(signal: AbortSignal, verified?: string): Promise<TrustedOutcome> {
    return startTrusted(this.#options, {
      signal,
      verified,
      proven: this.#proven,
      onLimit: (memoryMiB) => {
        this.#memoryMiB = memoryMiB;
      },
      onReply: (host, reply) => this.#onReply(host, reply),
      onExit: (host, exit) => this.#onExit(host, exit),
      onOutput: (line) => this.#log('debug', 'host.output', { line }),
    });
  }

  /** The trusted keys, or the time, have changed: what serves is refused if it is trusted no longer. */
  recheckTrust(): void {
    const { trust } = this.#options;
    if (trust === undefined || this.#evidence === undefined) return;
    const { refusal } = trust.judge(this.#evidence, this.name);
    if (this.#state === 'QUARANTINED') {
      if (refusal === undefined && this.#reason !== undefined && isTrustRefusal(this.#reason)) void this.verify();
    } else if (refusal !== undefined && ['READY', 'DRAINING'].includes(this.#state)) {
      this.#quarantine(refusal, { packageSha256: this.packageSha256, title: this.title });
    } else if (refusal !== undefined && this.#state === 'VERIFYING' && this.#loaded !== undefined) {
      // A host that died is being replaced; the verification that does it judges anew.
      void this.#lane.rejectAll(quarantined(this, refusal));
    }
  }

  /** Answers what waits and what runs with the suspension that has just begun; hosts stay. */
  onSuspended(): void {
    const { suspension } = this;
    if (suspension === undefined) return;
    this.#log('warn', 'model.suspended', { reason: suspension.reason, subject: suspension.subject });
    this.#lane.answerAll(suspended(this, suspension));
    this.sequences?.loseAll('the use of the model was stopped');
    this.emit('change');
  }

  /** Requests are taken again, if the version is READY. */
  onResumed(): void {
    this.#log('info', 'model.resumed');
    this.emit('change');
  }

  /**
   * Runs one item when its turn comes: that of its priority, and within its sequence that of its
   * arrival. Rejects with a DeepHealthError.
   */
  run<R extends PredictionResult | InferenceResult>(work: ModelWork): Promise<ModelOutcome<R>> {
    return this.#runs.run(work);
  }

  /**
   * Rejects with the refusal of a request that never becomes work. As an item of an open sequence it
   * takes its turn all the same: no later item may run on a state that lacks it.
   */
  refuse(work: Omit<ModelWork, 'payload'>, refusal: unknown): Promise<never> {
    return this.#runs.refuse(work, refusal);
  }

  /** Throws DH_MODEL_SUSPENDED while nobody may be answered. */
  assertNotSuspended(): void {
    const { suspension } = this;
    if (suspension !== undefined) throw suspended(this, suspension);
  }

  /** Throws the error that a request to this version gets now, if it cannot be served. */
  assertServing(): void {
    this.assertNotSuspended();
    const which = `Model "${this.name}" ${this.version}`;
    switch (this.#state) {
      case 'READY':
        if (this.#backend.away === undefined) return;
        throw new DeepHealthError('DH_REMOTE_UNAVAILABLE', `${which}: ${this.#backend.away.reason}`, {
          retryAfterMs: 2000,
        });
      case 'VERIFYING':
        // A host that died is being replaced; requests wait for it as they wait for a turn.
        if (this.#loaded !== undefined && this.#refused === undefined) return;
        throw new DeepHealthError('DH_MODEL_NOT_READY', `${which} is being verified.`, { retryAfterMs: 500 });
      case 'QUARANTINED':
        throw quarantined(this, this.#reason);
      case 'UNLOADED':
        throw new DeepHealthError('DH_MODEL_UNLOADED', `${which} was unloaded.`);
      default:
        throw new DeepHealthError('DH_MODEL_NOT_READY', `${which} is ${this.#state.toLowerCase()}.`, {
          retryAfterMs: 500,
        });
    }
  }

  #onReply(host: HostProcess, reply: HostReply): void {
    if (reply.type === 'memory') this.#onMemory(host, reply.rssBytes);
    else if (reply.type === 'backend') this.#backend.hear(host, reply);
    else this.#lane.onReply(host, reply);
  }

  #onMemory(host: HostProcess, rssBytes: number): void {
    const limits = { recycleAbove: this.#options.limits.recycleAboveMiB, most: this.#memoryMiB };
    if (this.#memory.tell(host, rssBytes, limits)) void this.#recycle(host, rssBytes);
  }

  /** Starts a fresh host beside one that has grown, and lets that one finish what it has. */
  async #recycle(host: HostProcess, rssBytes: number): Promise<void> {
    if (this.#state !== 'READY' || !this.#lane.serves(host) || this.#recycling.has(host)) return;
    this.#recycling.add(host);
    this.#log('info', 'host.recycled', { rssMiB: Math.round(rssBytes / 2 ** 20) });
    if ((await this.#addHost()) && this.#lane.serves(host)) {
      this.#countReplacement('memory-growth');
      this.#lane.retire(host);
    }
    this.#recycling.delete(host);
  }

  #onExit(host: HostProcess, exit: HostExit): void {
    const wasServing = this.#lane.serves(host);
    const endedFor = this.#lane.onExit(host, exit);
    this.#memory.forget(host);
    if (!wasServing) return;
    if (this.#state === 'DRAINING') {
      if (this.#lane.hosts.length === 0) this.#drain.end();
      return;
    }
    this.#log('warn', 'host.exited', {
      signal: exit.signal ?? undefined,
      exitCode: exit.exitCode ?? undefined,
      memoryExceeded: exit.memoryExceeded,
    });
    // A host that we ended because a caller had left says nothing against the model.
    const pauseMs = endedFor === 'abandoned' ? 0 : this.#restartPolicy.onDeath(monotonicMs());
    this.#restart(pauseMs, endedFor ?? (exit.memoryExceeded ? 'memory-exceeded' : 'died'));
  }

  #replaceDoubtful(host: HostProcess): void {
    if (!this.#lane.serves(host)) return;
    host.kill();
    this.#lane.retire(host);
    if (this.#state === 'READY') this.#restart(0, 'memory-exceeded');
  }

  #countReplacement(why: HostReplacement): void {
    this.#hostRestarts += 1;
    this.#options.observer.onHostReplaced(this, why);
  }

  #restart(pauseMs: number | undefined, why: HostReplacement): void {
    if (pauseMs === undefined) {
      this.#quarantine(new DeepHealthError('DH_MODEL_KEEPS_FAILING', this.#restartPolicy.describe()));
      return;
    }
    this.#countReplacement(why);
    if (this.#lane.hosts.length > 0) {
      setTimeout(() => void this.#startOthers(), pauseMs);
      return;
    }
    this.#enter('VERIFYING');
    setTimeout(() => {
      if (this.#state === 'VERIFYING') void this.verify({ sameFiles: true });
    }, pauseMs);
  }

  #quarantine(reason: DeepHealthError, refused = { packageSha256: '', title: '' }): void {
    this.#refused = { packageSha256: refused.packageSha256, title: refused.title };
    this.#enter('QUARANTINED', reason);
    this.#log('error', 'model.quarantined', {
      code: reason.code,
      message: reason.message,
      internal: reason.cause instanceof Error ? reason.cause.message : undefined,
    });
    if (reason.code === 'DH_REMOTE_UNAVAILABLE') {
      this.#backend.lookLater(() => this.#state === 'QUARANTINED' && this.#reason === reason);
    }
    this.sequences?.loseAll('the model was refused');
    void this.#lane.rejectAll(quarantined(this, reason));
  }

  /**
   * Takes no new work, lets what runs finish (at most `graceMs`), then frees the hosts. What waits
   * is answered at once, unless it is to be served too, as when a newer version takes over. An
   * unload that is under way already is only hurried; a load that comes meanwhile ends it.
   */
  async unload(
    graceMs: number,
    waiting: 'reject' | 'serve' = 'reject',
    why: 'unloaded' | 'stopping' = 'unloaded',
  ): Promise<void> {
    if (this.#state === 'DRAINING') {
      if (waiting === 'reject') this.#lane.rejectQueued(unloaded(why));
      this.#drain.hurry(graceMs);
      return this.#unloading;
    }
    if (this.#state === 'UNLOADED') return this.#unloading;
    this.#unloading = this.#unloadOnce(graceMs, waiting, why);
    return this.#unloading;
  }

  async #unloadOnce(graceMs: number, waiting: 'reject' | 'serve', why: 'unloaded' | 'stopping'): Promise<void> {
    this.#enter('DRAINING');
    this.#stopLoading.abort();
    if (waiting === 'reject') this.#lane.rejectQueued(unloaded(why));
    if (this.#lane.hosts.length > 0 && !this.#lane.isIdle) await this.#drain.wait(graceMs);
    // Loaded again meanwhile.
    if (this.#state !== 'DRAINING') return;
    this.#enter('UNLOADED');
    this.#runs.close();
    await this.#lane.rejectAll(unloaded(why));
    this.#log('info', 'model.unloaded');
  }

  #enter(state: ModelState, reason?: DeepHealthError): void {
    this.#state = state;
    this.#reason = reason;
    this.#stateChangedAtMs = Date.now();
    this.emit('change');
  }
}
