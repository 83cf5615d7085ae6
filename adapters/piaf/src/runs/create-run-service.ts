import { constants, type createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { ChainBackend } from '../backends/chain-backend.js';
import { chainId, readChainPackage } from '../bindings/read-chain-package.js';
import { removeUnfinished } from '../steps/commit-folder.js';
import { RUN_FOLDER } from '../steps/run-folder.js';
import { type FolderLock, lockFolder } from '../store/folder-lock.js';
import { isFinal } from '../store/run-event.js';
import { openRunJournal } from '../store/run-journal.js';
import type { InputRoot } from './input-roots.js';
import { CANCELED, type OpenRun, OpenRuns } from './open-runs.js';
import { pinPackage } from './pin-package.js';
import { runCanceled } from './run-errors.js';
import { LIMITS, type RunLimits } from './run-limits.js';
import { RunQueue } from './run-queue.js';
import type { RunRecord, RunState } from './run-record.js';
import type { RunPage, RunService, ServedChain, SubmitRequest, Upload } from './run-service.js';
import { RunSubmission } from './run-submission.js';
import { type PinnedChain, type WorkContext, workOn } from './run-work.js';
import { createUpload, type LaidUpload } from './upload-area.js';

export interface RunServiceOptions {
  /** Package folders with bindings/processing-chain.json. */
  readonly packages: readonly string[];
  /** Absolute. Keeps runs, uploads and pinned packages; of one service at a time. */
  readonly stateFolder: string;
  readonly backend: ChainBackend;
  /** How the command `deephealth` is started: program and first arguments. */
  readonly program: readonly string[];
  /** Absolute; the secret of the site. */
  readonly uidKeyFile: string;
  /** "host:port" of a runtime that tasks may ask, where they run on this machine. */
  readonly runtime?: string;
  /** Absolute; holds the key that tasks show to it. */
  readonly runtimeTokenFile?: string;
  readonly roots?: readonly InputRoot[];
  readonly limits?: RunLimits;
  /** Runs that ended so many days ago are removed, with their results and keys. Default: never. */
  readonly keepRunsDays?: number;
  /** Refuses addresses of callbacks, with DH_CALLBACK_REFUSED. */
  checkCallback?(url: string): Promise<void>;
  /** Sees what is thrown, with its cause; for the log. */
  readonly onError?: (thrown: unknown) => void;
}

const DAY_MS = 86_400_000;
const REMOVAL_INTERVAL_MS = 3_600_000;

/**
 * Opens the store and goes on with the runs that have not ended.
 *
 * @throws what readChainPackage throws; DH_CHAIN_BINDING_INVALID for two chains of one id; DH_CONFIG_INVALID for a
 * state folder that another service works in; DH_OUTPUT_NOT_WRITTEN
 */
export async function createRunService(options: RunServiceOptions): Promise<RunService> {
  const { stateFolder } = options;
  await mkdir(stateFolder, { recursive: true, mode: 0o700 }).catch(noFolder);
  const lock = await lockFolder(
    stateFolder,
    () =>
      new DeepHealthError(
        'DH_CONFIG_INVALID',
        'Field "stateFolder" names a folder that another service works in. Give each service one of its own.',
        { details: { field: 'stateFolder' } },
      ),
  );
  try {
    // Nobody can still be sending them.
    await rm(join(stateFolder, 'uploads'), { recursive: true, force: true }).catch(noFolder);
    for (const name of ['runs', 'uploads', 'packages']) {
      await mkdir(join(stateFolder, name), { recursive: true, mode: 0o700 }).catch(noFolder);
    }
    await removeUnfinished(join(stateFolder, 'packages'));
    const service = new Runs(options, await pinnedChains(options), lock);
    await service.load();
    return service;
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

async function pinnedChains({ packages, stateFolder }: RunServiceOptions): Promise<Map<string, PinnedChain>> {
  const chains = new Map<string, PinnedChain>();
  for (const folder of packages) {
    const model = await readChainPackage(folder);
    const pinned = await pinPackage(join(stateFolder, 'packages'), model);
    for (const binding of pinned.chains) {
      const id = chainId(pinned.manifest, binding);
      if (chains.has(id)) {
        throw new DeepHealthError('DH_CHAIN_BINDING_INVALID', `Two packages have the chain ${id}. Serve one of them.`);
      }
      const { manifest, packageSha256 } = pinned;
      chains.set(id, { id, binding, manifest, packageSha256, pinned });
    }
  }
  return chains;
}

class Runs implements RunService {
  readonly #options: RunServiceOptions;
  readonly #chains: ReadonlyMap<string, PinnedChain>;
  readonly #lock: FolderLock;
  readonly #runs: OpenRuns;
  readonly #queue: RunQueue;
  readonly #submission: RunSubmission;
  readonly #work: WorkContext;
  readonly #closing = new AbortController();
  /** Requests and cancellations that are being written. */
  readonly #writing = new Set<Promise<unknown>>();
  #removal: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: RunServiceOptions, chains: ReadonlyMap<string, PinnedChain>, lock: FolderLock) {
    const onError = (thrown: unknown) => options.onError?.(thrown);
    const { maxRunning = LIMITS.maxRunning, maxRunningPerTenant = maxRunning } = options.limits ?? {};
    this.#options = options;
    this.#chains = chains;
    this.#lock = lock;
    this.#runs = new OpenRuns(onError);
    this.#queue = new RunQueue(maxRunning, maxRunningPerTenant);
    const known = { options, chains, runs: this.#runs };
    this.#submission = new RunSubmission({ ...known, queue: this.#queue, home: this.#home });
    this.#work = { ...known, closing: this.#closing.signal, onError };
  }

  get chains(): readonly ServedChain[] {
    return [...this.#chains.values()];
  }

  async load(): Promise<void> {
    const found: OpenRun[] = [];
    // Runs whose removal was begun.
    await removeUnfinished(this.#home);
    for (const name of await readdir(this.#home)) {
      if (!/^[0-9a-f]{32}$/.test(name)) continue;
      const folder = join(this.#home, name);
      try {
        found.push({ folder, journal: await openRunJournal(join(folder, 'journal.ndjson')) });
      } catch (thrown) {
        // One spoilt run does not keep the others from going on.
        const { code, message } = DeepHealthError.from(thrown);
        const details = { runId: name };
        this.#options.onError?.(new DeepHealthError(code, `Run ${name}: ${message}`, { details, cause: thrown }));
      }
    }
    const orderOf = ({ journal }: OpenRun) => `${journal.run.record.submittedAt} ${journal.run.record.runId}`;
    found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    for (const run of found) {
      const { record, submitted } = run.journal.run;
      this.#runs.add(run, submitted);
      if (isFinal(record.state)) await run.journal.close();
      else this.#queue.add(record.tenant, record.runId);
    }
    await this.#removeOld();
    this.#pump();
  }

  async createUpload(tenant: string): Promise<Upload> {
    this.#assertOpen();
    const { maxUploadBytes = LIMITS.maxUploadBytes } = this.#options.limits ?? {};
    return createUpload(join(this.#options.stateFolder, 'uploads'), tenant, maxUploadBytes);
  }

  submit(request: SubmitRequest): Promise<RunRecord> {
    return this.#untilWritten(this.#submit(request));
  }

  async #submit(request: SubmitRequest): Promise<RunRecord> {
    let upload = request.upload as LaidUpload | undefined;
    try {
      this.#assertOpen();
      upload ??= (await this.createUpload(request.tenant)) as LaidUpload;
      const record = await this.#submission.take(request, upload);
      // The caller hears of the run before it begins.
      setImmediate(() => this.#pump());
      return record;
    } catch (thrown) {
      await upload?.discard();
      throw thrown;
    }
  }

  get(tenant: string, runId: string): RunRecord {
    return this.#runs.find(tenant, runId).journal.run.record;
  }

  list(tenant: string, { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken?: string }): RunPage {
    return this.#runs.list(tenant, pageSize, pageToken);
  }

  tenants(): readonly string[] {
    return this.#runs.tenants;
  }

  counts(tenant: string): Readonly<Record<RunState, number>> {
    return this.#runs.counts(tenant);
  }

  async cancel(tenant: string, runId: string): Promise<RunRecord> {
    const run = this.#runs.find(tenant, runId);
    if (isFinal(run.journal.run.record.state)) return run.journal.run.record;
    this.#assertOpen();
    return this.#untilWritten(this.#cancel(run, tenant, runId));
  }

  async #cancel(run: OpenRun, tenant: string, runId: string): Promise<RunRecord> {
    if (this.#queue.remove(tenant, runId)) {
      try {
        return await this.#runs.end(run, 'CANCELED', CANCELED);
      } catch (thrown) {
        // It waits on, as whoever asks is told.
        this.#queue.add(tenant, runId);
        this.#pump();
        throw thrown;
      }
    }
    // It may end while this waits for its turn: what is written first counts.
    const record = await this.#runs.change(run, ({ record: { state } }) =>
      isFinal(state) || state === 'CANCELING' ? undefined : { type: 'state', state: 'CANCELING' },
    );
    if (record.state === 'CANCELING') run.controller?.abort(runCanceled());
    return record;
  }

  async openArtefact(tenant: string, runId: string, path: string) {
    const { journal, folder } = this.#runs.find(tenant, runId);
    const { state, artefacts } = journal.run.record;
    if (state !== 'COMPLETE')
      throw new DeepHealthError('DH_RUN_NOT_COMPLETE', `The run is ${state}, and has no results.`);
    const artefact = artefacts.find((one) => one.path === path);
    if (artefact === undefined) throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'The run has no such artefact.');
    const notReadable = (cause?: unknown) =>
      new DeepHealthError('DH_RUN_STORE_INVALID', 'An artefact of the run cannot be read.', { cause });
    const { O_RDONLY, O_NOFOLLOW } = constants;
    const place = join(folder, RUN_FOLDER.result, artefact.path);
    const file = await open(place, O_RDONLY | (O_NOFOLLOW ?? 0)).catch((cause) => {
      throw notReadable(cause);
    });
    const found = await file.stat();
    if (!found.isFile() || found.size !== artefact.size) {
      await file.close();
      throw notReadable();
    }
    return { artefact, content: file.createReadStream() as ReturnType<typeof createReadStream> };
  }

  taskLog(tenant: string, runId: string, name: string): string {
    const task = this.#runs.find(tenant, runId).journal.task(name);
    if (task === undefined) return '';
    const { state, attempts, exitCode, failure } = task;
    return [
      `${name}: ${state}, begun ${attempts === 1 ? 'once' : `${attempts} times`}`,
      ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
      ...(failure === undefined ? [] : [`${failure.code}: ${failure.message}`]),
      '',
    ].join('\n');
  }

  onChange(listener: (run: RunRecord) => void): () => void {
    return this.#runs.onChange(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#removal);
    await Promise.allSettled(this.#writing);
    const under = [...this.#runs.all].filter(({ controller }) => controller !== undefined);
    // Before the runs, so that tasks that outlive this process are left alone.
    await this.#options.backend.close();
    for (const { controller } of under) controller?.abort(stopping());
    await Promise.all(under.map(({ ended }) => ended));
    for (const { journal } of this.#runs.all) {
      if (!isFinal(journal.run.record.state)) await journal.close();
    }
    await this.#lock.release();
  }

  get #home(): string {
    return join(this.#options.stateFolder, 'runs');
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw stopping();
  }

  /** A stop of the service waits for it: what was promised is on the disk, and no file stays open. */
  #untilWritten<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#writing.add(settled);
    settled.then(() => this.#writing.delete(settled));
    return work;
  }

  #pump(): void {
    while (!this.#closing.signal.aborted) {
      const next = this.#queue.next();
      if (next === undefined) return;
      const run = this.#runs.find(next.tenant, next.runId);
      run.controller = new AbortController();
      run.ended = workOn(run, run.controller.signal, this.#work)
        .catch((thrown) => this.#options.onError?.(thrown))
        .finally(() => {
          delete run.controller;
          delete run.ended;
          this.#queue.ended(next.tenant, next.runId);
          this.#pump();
        });
    }
  }

  /** Removes runs that ended long ago, now and from time to time. */
  async #removeOld(): Promise<void> {
    const { keepRunsDays } = this.#options;
    if (keepRunsDays === undefined) return;
    const last = new Date(Date.now() - keepRunsDays * DAY_MS).toISOString();
    for (const run of [...this.#runs.all]) {
      const { runId, endedAt } = run.journal.run.record;
      if (endedAt === undefined || endedAt > last || run.ended !== undefined) continue;
      this.#runs.remove(run);
      // Gone at once; what a stop leaves of it is removed by the next start.
      const gone = join(this.#home, `.removed-${runId}`);
      await rename(run.folder, gone)
        .then(() => rm(gone, { recursive: true, force: true }))
        .catch((thrown) => this.#options.onError?.(thrown));
    }
    this.#removal ??= setInterval(() => void this.#removeOld(), REMOVAL_INTERVAL_MS).unref();
  }
}

function stopping(): DeepHealthError {
  return new DeepHealthError('DH_SERVER_STOPPING', 'The service is being stopped.');
}

function noFolder(cause: unknown): never {
  throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The state folder of the runs cannot be made.', { cause });
}
