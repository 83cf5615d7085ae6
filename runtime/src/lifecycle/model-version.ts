import { EventEmitter } from 'node:events';
import { DeepHealthError, type Manifest } from '@deephealth/sdk';
import type { InferenceResult, PredictionResult, VerificationReport } from '../host/host-messages.js';
import type { HostExit, HostProcess } from '../host/host-process.js';
import type { Log } from '../log.js';
import { capResources, declaredResources } from './declared-resources.js';
import type { ModelLimits } from './model-limits.js';
import { RestartPolicy } from './restart-policy.js';
import { RunLane, type RunOutcome, type RunPayload } from './run-lane.js';
import { type Loaded, type StartOutcome, startHost } from './start-host.js';
import type { Work } from './work-queue.js';

export type ModelState = 'DISCOVERED' | 'VERIFYING' | 'READY' | 'DRAINING' | 'UNLOADED' | 'QUARANTINED';

export interface ModelVersionOptions {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly limits: ModelLimits;
  readonly log: Log;
}

/**
 * One version of one model: its state, and the host that serves it while it is READY.
 * Emits 'change' whenever its state changes.
 */
export class ModelVersion extends EventEmitter<{ change: [] }> {
  readonly name: string;
  readonly version: string;
  readonly #folder: string;
  readonly #limits: ModelLimits;
  readonly #log: Log;
  readonly #lane: RunLane;
  readonly #restartPolicy = new RestartPolicy();

  #state: ModelState = 'DISCOVERED';
  #stateChangedAtMs = Date.now();
  #reason: DeepHealthError | undefined;
  #report: VerificationReport | undefined;
  #refused: { readonly packageSha256: string; readonly title: string } | undefined;
  #loaded: Loaded | undefined;
  #hostRestarts = 0;
  #verification: Promise<void> | undefined;
  #stopLoading = new AbortController();
  #onDrained: (() => void) | undefined;

  constructor(options: ModelVersionOptions) {
    super();
    this.name = options.name;
    this.version = options.version;
    this.#folder = options.folder;
    this.#limits = options.limits;
    const { log } = options;
    this.#log = (level, event, fields) => log(level, event, { model: this.name, version: this.version, ...fields });
    this.#lane = new RunLane({
      limits: options.limits,
      onIdle: () => this.#onDrained?.(),
      onHostInDoubt: (host) => this.#replace(host),
      onRunFailure: (code, internal) => this.#log('warn', 'run.failed', { code, internal }),
      onHostEnded: (why) => this.#log('warn', 'host.replaced', { why }),
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
  get report(): VerificationReport | undefined {
    return this.#report;
  }
  /** The verified package, once there was one. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
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
  /** Process id of the model host, for operators and tests. */
  get hostPid(): number | undefined {
    return this.#lane.host?.pid;
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
    this.#log('info', 'model.verifying');
    this.#stopLoading = new AbortController();
    const outcome = await this.#start(this.#stopLoading.signal);
    if (this.#state === 'UNLOADED' || this.#state === 'DRAINING') {
      if ('host' in outcome) outcome.host.kill();
      return;
    }
    if ('error' in outcome) {
      this.#report = outcome.report;
      this.#quarantine(outcome.error, outcome);
      return;
    }
    const { host, loaded } = outcome;
    this.#report = loaded.report;
    this.#loaded = loaded;
    this.#refused = undefined;
    this.#enter('READY');
    this.#log('info', 'model.ready', { packageSha256: loaded.packageSha256 });
    this.#lane.serve(host, loaded);
  }

  async #start(signal: AbortSignal): Promise<StartOutcome> {
    const outcome = await startHost({
      folder: this.#folder,
      resources: capResources(await declaredResources(this.#folder), this.#limits),
      intraOpThreads: this.#limits.intraOpThreads,
      signal,
      onReply: (host, reply) => this.#lane.onReply(host, reply),
      onExit: (host, exit) => this.#onExit(host, exit),
      onOutput: (line) => this.#log('debug', 'host.output', { line }),
    });
    if ('error' in outcome) return outcome;
    const { manifest, report, packageSha256 } = outcome.loaded;
    const error = this.#identityError(manifest);
    if (error === undefined) return outcome;
    outcome.host.kill();
    return { error, report, packageSha256, title: manifest.title };
  }

  #identityError(manifest: Manifest): DeepHealthError | undefined {
    if (manifest.name === this.name && manifest.version === this.version) return undefined;
    return new DeepHealthError(
      'DH_MANIFEST_INVALID',
      `model.json: fields "/name" and "/version" say "${manifest.name}" "${manifest.version}", the folders say "${this.name}" "${this.version}". Rename one of them.`,
      { details: { file: 'model.json', field: '/name' } },
    );
  }

  /** Runs one item when its turn comes. Rejects with a {@link DeepHealthError}. */
  async run<R extends PredictionResult | InferenceResult>(work: Work<RunPayload>): Promise<RunOutcome<R>> {
    this.assertServing();
    return (await this.#lane.run(work)) as RunOutcome<R>;
  }

  /** Throws the error that a request to this version gets now, if it cannot be served. */
  assertServing(): void {
    const which = `Model "${this.name}" ${this.version}`;
    switch (this.#state) {
      case 'READY':
        return;
      case 'VERIFYING':
        // A host that died is being replaced; requests wait for it as they wait for a turn.
        if (this.#loaded !== undefined && this.#refused === undefined) return;
        throw new DeepHealthError('DH_MODEL_NOT_READY', `${which} is being verified.`, { retryAfterMs: 500 });
      case 'QUARANTINED':
        throw this.#quarantineError();
      case 'UNLOADED':
        throw new DeepHealthError('DH_MODEL_UNLOADED', `${which} was unloaded.`);
      default:
        throw new DeepHealthError('DH_MODEL_NOT_READY', `${which} is ${this.#state.toLowerCase()}.`, {
          retryAfterMs: 500,
        });
    }
  }

  #onExit(host: HostProcess, exit: HostExit): void {
    const isServing = host === this.#lane.host;
    const endedFor = this.#lane.onExit(host, exit);
    if (!isServing) return;
    if (this.#state === 'DRAINING') {
      this.#onDrained?.();
      return;
    }
    this.#log('warn', 'host.exited', {
      signal: exit.signal ?? undefined,
      exitCode: exit.exitCode ?? undefined,
      memoryExceeded: exit.memoryExceeded,
    });
    // A host that we ended because a caller had left says nothing against the model.
    this.#restart(endedFor === 'abandoned' ? 0 : this.#restartPolicy.onDeath(Date.now()));
  }

  #replace(host: HostProcess): void {
    host.kill();
    if (host !== this.#lane.host) return;
    this.#lane.withdraw();
    if (this.#state === 'READY') this.#restart(0);
  }

  #restart(pauseMs: number | undefined): void {
    if (pauseMs === undefined) {
      this.#quarantine(new DeepHealthError('DH_MODEL_KEEPS_FAILING', this.#restartPolicy.describe()));
      return;
    }
    this.#hostRestarts += 1;
    this.#enter('VERIFYING');
    setTimeout(() => {
      if (this.#state === 'VERIFYING') void this.verify();
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
    this.#lane.withdraw()?.kill();
    this.#lane.rejectAll(this.#quarantineError());
  }

  #quarantineError(): DeepHealthError {
    return new DeepHealthError(
      'DH_MODEL_QUARANTINED',
      `Model "${this.name}" ${this.version} was refused: ${this.#reason?.message ?? ''}`,
      { details: { model: this.name, version: this.version, reason: this.#reason?.reason ?? '' } },
    );
  }

  /** Takes no new work, lets what it has finish (at most `graceMs`), then frees the host. */
  async unload(graceMs: number): Promise<void> {
    if (this.#state === 'UNLOADED') return;
    const isServing = this.#state === 'READY';
    this.#enter('DRAINING');
    this.#stopLoading.abort();
    if (isServing && !this.#lane.isIdle) await this.#drain(graceMs);
    this.#enter('UNLOADED');
    this.#lane.rejectAll(
      new DeepHealthError('DH_SERVER_STOPPING', 'The model was unloaded before the request was done.'),
    );
    const host = this.#lane.withdraw();
    host?.kill();
    await host?.exited;
    this.#log('info', 'model.unloaded');
  }

  async #drain(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onDrained = undefined;
  }

  #enter(state: ModelState, reason?: DeepHealthError): void {
    this.#state = state;
    this.#reason = reason;
    this.#stateChangedAtMs = Date.now();
    this.emit('change');
  }
}
