import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { DeepHealthError } from '@deephealth/sdk';
import type { ChainParameter } from '../bindings/processing-chain-binding.js';
import { AttachmentNames } from '../http/attachment-name.js';
import { FINAL_STATES, type RunRecord, type RunState } from '../runs/run-record.js';
import type { RunService, ServedChain, SubmitRequest, Upload } from '../runs/run-service.js';

/** An upload in memory, and what became of it. */
export interface UploadDouble extends Upload {
  readonly tenant: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly fate: 'open' | 'taken' | 'discarded';
}

export interface RunServiceDoubleOptions {
  readonly chains: readonly ServedChain[];
  /** Runs of a tenant that have not ended. Default unlimited. */
  readonly maxRuns?: number;
  /** Of one upload. Default unlimited. */
  readonly maxUploadBytes?: number;
  /** Takes any name of a file, as no service does: a face must not rely on the other check. */
  readonly isTrusting?: boolean;
  /** Default the clock. */
  readonly now?: () => Date;
  /** Runs of an earlier process. */
  readonly runs?: readonly RunRecord[];
}

/** A RunService whose runs do what a test says. */
export interface RunServiceDouble extends RunService {
  readonly submitted: readonly SubmitRequest[];
  readonly uploads: readonly UploadDouble[];
  readonly runs: readonly RunRecord[];
  /** Changes a run, and tells who listens. */
  change(runId: string, patch: Partial<RunRecord>): RunRecord;
  /** Ends a run with these artefacts. */
  complete(
    runId: string,
    files: Readonly<Record<string, { readonly mediaType: string; readonly content: string }>>,
  ): void;
  /** What a task has to say. */
  setTaskLog(runId: string, task: string, text: string): void;
  /** The next call of this method throws. */
  failNext(method: 'submit' | 'createUpload' | 'openArtefact' | 'cancel', thrown: unknown): void;
}

export function createRunServiceDouble(options: RunServiceDoubleOptions): RunServiceDouble {
  return new Double(options);
}

type Content = ReadonlyMap<string, Buffer>;

class Double implements RunServiceDouble {
  readonly submitted: SubmitRequest[] = [];
  readonly uploads: (UploadDouble & { fate: UploadDouble['fate'] })[] = [];
  readonly #runs: RunRecord[];
  readonly #contents = new Map<string, Content>();
  readonly #logs = new Map<string, string>();
  readonly #keys = new Map<string, { readonly digest: string; readonly runId: string }>();
  readonly #failures = new Map<string, unknown>();
  readonly #listeners = new Set<(run: RunRecord) => void>();
  #isClosed = false;

  constructor(private readonly options: RunServiceDoubleOptions) {
    this.#runs = [...(options.runs ?? [])];
  }

  get chains(): readonly ServedChain[] {
    return this.options.chains;
  }

  get runs(): readonly RunRecord[] {
    return this.#runs;
  }

  async createUpload(tenant: string): Promise<Upload> {
    this.#throwIfTold('createUpload');
    const files = new Map<string, Buffer>();
    const names = new AttachmentNames();
    const { isTrusting = false } = this.options;
    const most = this.options.maxUploadBytes ?? Number.POSITIVE_INFINITY;
    const upload = {
      ...{ tenant, files, fate: 'open' as UploadDouble['fate'] },
      get names() {
        return [...files.keys()];
      },
      async add(name: string, content: Readable | Buffer) {
        if (!isTrusting) names.add(name);
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of Buffer.isBuffer(content) ? [content] : content) {
          size += chunk.length;
          if (size > most) throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'A file is larger than is taken here.');
          chunks.push(chunk);
        }
        files.set(name, Buffer.concat(chunks));
      },
      async discard() {
        files.clear();
        if (upload.fate === 'open') upload.fate = 'discarded';
      },
    };
    this.uploads.push(upload);
    return upload;
  }

  async submit(request: SubmitRequest): Promise<RunRecord> {
    this.#throwIfTold('submit');
    if (this.#isClosed) throw new DeepHealthError('DH_SERVER_STOPPING', 'The service takes no more runs.');
    const { tenant, idempotencyKey, face, chain } = request;
    const served = this.chains.find(({ id }) => id === chain);
    if (served === undefined) throw new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', 'No such chain is served.');
    const parameters = parametersOf(request.parameters, served.binding.parameters ?? []);
    const digest = digestOf(request);
    const key = idempotencyKey === undefined ? undefined : `${tenant}\n${idempotencyKey}`;
    const before = key === undefined ? undefined : this.#keys.get(key);
    if (before !== undefined) {
      if (before.digest !== digest) {
        throw new DeepHealthError('DH_RUN_CONFLICT', 'The idempotency key was used for another request.');
      }
      await request.upload?.discard();
      return this.get(tenant, before.runId);
    }
    const open = this.#runs.filter((run) => run.tenant === tenant && !FINAL_STATES.includes(run.state)).length;
    if (open >= (this.options.maxRuns ?? Number.POSITIVE_INFINITY)) {
      throw new DeepHealthError('DH_RUN_QUOTA_EXCEEDED', 'No more runs at a time.', { retryAfterMs: 30_000 });
    }
    const upload = this.uploads.find((one) => one === request.upload);
    if (upload !== undefined) upload.fate = 'taken';
    this.submitted.push(request);
    const at = this.#now();
    const run: RunRecord = {
      ...{ runId: randomBytes(16).toString('hex'), tenant, face, chain, parameters, request: request.request },
      ...{ packageSha256: served.packageSha256, backend: 'double', state: 'QUEUED', progress: 0 },
      ...{ submittedAt: at, updatedAt: at, tasks: [], artefacts: [] },
    };
    this.#runs.push(run);
    if (key !== undefined) this.#keys.set(key, { digest, runId: run.runId });
    for (const listener of this.#listeners) listener(run);
    return run;
  }

  get(tenant: string, runId: string): RunRecord {
    const found = this.#runs.find((run) => run.runId === runId && run.tenant === tenant);
    if (found !== undefined) return found;
    throw new DeepHealthError('DH_RUN_NOT_FOUND', 'There is no such run.');
  }

  list(tenant: string, { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken?: string }) {
    const own = this.#runs.filter((run) => run.tenant === tenant).reverse();
    const at = pageToken === undefined ? 0 : own.findIndex(({ runId }) => `after-${runId}` === pageToken) + 1;
    if (pageToken !== undefined && at === 0) {
      throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', '"page_token" must be a token of the page before.', {
        details: { field: 'page_token' },
      });
    }
    const runs = own.slice(at, at + pageSize);
    const last = runs.at(-1);
    return {
      runs,
      ...(last !== undefined && at + pageSize < own.length ? { nextPageToken: `after-${last.runId}` } : {}),
    };
  }

  tenants(): readonly string[] {
    return [...new Set(this.#runs.map(({ tenant }) => tenant))];
  }

  counts(tenant: string): Readonly<Record<RunState, number>> {
    const counts: Record<RunState, number> = {
      ...{ QUEUED: 0, INITIALIZING: 0, RUNNING: 0, PAUSED: 0, COMPLETE: 0 },
      ...{ EXECUTOR_ERROR: 0, SYSTEM_ERROR: 0, CANCELED: 0, CANCELING: 0, PREEMPTED: 0 },
    };
    for (const run of this.#runs) if (run.tenant === tenant) counts[run.state] += 1;
    return counts;
  }

  async cancel(tenant: string, runId: string): Promise<RunRecord> {
    this.#throwIfTold('cancel');
    const run = this.get(tenant, runId);
    return FINAL_STATES.includes(run.state) ? run : this.change(runId, { state: 'CANCELING' });
  }

  async openArtefact(tenant: string, runId: string, path: string) {
    this.#throwIfTold('openArtefact');
    const run = this.get(tenant, runId);
    if (run.state !== 'COMPLETE') throw new DeepHealthError('DH_RUN_NOT_COMPLETE', 'The run has no results.');
    const artefact = run.artefacts.find((one) => one.path === path);
    const content = this.#contents.get(runId)?.get(path);
    if (artefact === undefined || content === undefined) {
      throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'The run has no artefact of this name.');
    }
    return { artefact, content: Readable.from([content]) };
  }

  taskLog(tenant: string, runId: string, task: string): string {
    return this.#logs.get(`${this.get(tenant, runId).runId}/${task}`) ?? '';
  }

  onChange(listener: (run: RunRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  change(runId: string, patch: Partial<RunRecord>): RunRecord {
    const index = this.#runs.findIndex((run) => run.runId === runId);
    const before = this.#runs[index];
    if (before === undefined) throw new Error(`no run ${runId}`);
    const changed = { ...before, ...patch, updatedAt: this.#now() };
    this.#runs[index] = changed;
    for (const listener of this.#listeners) listener(changed);
    return changed;
  }

  complete(
    runId: string,
    files: Readonly<Record<string, { readonly mediaType: string; readonly content: string }>>,
  ): void {
    const contents = new Map(Object.entries(files).map(([path, { content }]) => [path, Buffer.from(content)]));
    this.#contents.set(runId, contents);
    const artefacts = [...contents].map(([path, content]) => ({
      ...{ path, mediaType: files[path]?.mediaType ?? '', size: content.length },
      sha256: createHash('sha256').update(content).digest('hex'),
    }));
    this.change(runId, { state: 'COMPLETE', progress: 100, endedAt: this.#now(), artefacts });
  }

  setTaskLog(runId: string, task: string, text: string): void {
    this.#logs.set(`${runId}/${task}`, text);
  }

  failNext(method: string, thrown: unknown): void {
    this.#failures.set(method, thrown);
  }

  #throwIfTold(method: string): void {
    const thrown = this.#failures.get(method);
    this.#failures.delete(method);
    if (thrown !== undefined) throw thrown;
  }

  #now(): string {
    return (this.options.now?.() ?? new Date()).toISOString();
  }
}

function parametersOf(
  given: Readonly<Record<string, unknown>>,
  known: readonly ChainParameter[],
): Readonly<Record<string, number | boolean>> {
  const values: Record<string, number | boolean> = {};
  for (const [name, value] of Object.entries(given)) {
    const parameter = known.find((one) => one.name === name);
    if (parameter === undefined || (typeof value !== 'number' && typeof value !== 'boolean')) {
      throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', 'The chain has no such parameter, or not such a value.', {
        details: { field: 'parameters' },
      });
    }
    values[parameter.name] = value;
  }
  return values;
}

function digestOf({ chain, parameters, inputs, upload, request }: SubmitRequest): string {
  const files =
    upload === undefined
      ? []
      : [...(upload as UploadDouble).files].map(([name, file]) => [name, file.toString('base64')]);
  return createHash('sha256')
    .update(JSON.stringify([chain, parameters, inputs, files, request]))
    .digest('hex');
}
