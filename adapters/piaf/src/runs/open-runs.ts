import { isFinal, type RunChange, type SubmittedRun } from '../store/run-event.js';
import type { RunDecision, RunJournal } from '../store/run-journal.js';
import { requestInvalid, runNotFound } from './run-errors.js';
import type { RunRecord, RunState } from './run-record.js';
import type { RunPage } from './run-service.js';

/** A run as the service holds it. */
export interface OpenRun {
  readonly journal: RunJournal;
  readonly folder: string;
  /** Of a run that is under way. */
  controller?: AbortController;
  ended?: Promise<void>;
}

interface KnownKey {
  readonly requestSha256: string;
  readonly run: Promise<RunRecord>;
}

/** The runs of a store by id, tenant and key, and who is told of their changes. */
export class OpenRuns {
  readonly #runs = new Map<string, OpenRun>();
  /** Ids of each tenant in the order of submission. */
  readonly #ofTenant = new Map<string, string[]>();
  readonly #byKey = new Map<string, KnownKey>();
  readonly #listeners = new Set<(run: RunRecord) => void>();
  readonly #onError: (thrown: unknown) => void;

  constructor(onError: (thrown: unknown) => void) {
    this.#onError = onError;
  }

  get all(): IterableIterator<OpenRun> {
    return this.#runs.values();
  }

  get tenants(): readonly string[] {
    return [...this.#ofTenant.keys()];
  }

  /** @throws DH_RUN_NOT_FOUND, of another tenant's run too */
  find(tenant: string, runId: string): OpenRun {
    const run = this.#runs.get(runId);
    if (run === undefined || run.journal.run.record.tenant !== tenant) throw runNotFound();
    return run;
  }

  add(run: OpenRun, { runId, tenant, idempotency }: SubmittedRun): void {
    this.#runs.set(runId, run);
    const ids = this.#ofTenant.get(tenant);
    if (ids === undefined) this.#ofTenant.set(tenant, [runId]);
    else ids.push(runId);
    if (idempotency === undefined) return;
    const { key, requestSha256 } = idempotency;
    this.rememberKey(tenant, key, { requestSha256, run: Promise.resolve(run.journal.run.record) });
  }

  remove(run: OpenRun): void {
    const { runId, tenant, idempotency } = run.journal.run.submitted;
    this.#runs.delete(runId);
    const ids = this.#ofTenant.get(tenant)?.filter((id) => id !== runId) ?? [];
    if (ids.length > 0) this.#ofTenant.set(tenant, ids);
    else this.#ofTenant.delete(tenant);
    if (idempotency !== undefined) this.#byKey.delete(keyOf(tenant, idempotency.key));
  }

  /** The run that a key was used for, also while it is being taken. */
  byKey(tenant: string, key: string): KnownKey | undefined {
    return this.#byKey.get(keyOf(tenant, key));
  }

  /** A request that is not taken uses up no key. */
  rememberKey(tenant: string, key: string, known: KnownKey): void {
    const place = keyOf(tenant, key);
    this.#byKey.set(place, known);
    known.run.catch(() => this.#byKey.delete(place));
  }

  list(tenant: string, pageSize: number, pageToken = ''): RunPage {
    const ids = this.#ofTenant.get(tenant) ?? [];
    // The last run of the page before: new runs stand behind it, and move nothing.
    const end = pageToken === '' ? ids.length : ids.lastIndexOf(pageToken);
    if (end < 0) throw requestInvalid('page_token', 'It is none that a page of this caller gave.');
    const start = Math.max(0, end - pageSize);
    const page = ids.slice(start, end).reverse();
    const runs = page.map((id) => this.find(tenant, id).journal.run.record);
    const last = page.at(-1);
    return start === 0 || last === undefined ? { runs } : { runs, nextPageToken: last };
  }

  counts(tenant: string): Readonly<Record<RunState, number>> {
    const counts: Record<RunState, number> = {
      ...{ QUEUED: 0, INITIALIZING: 0, RUNNING: 0, PAUSED: 0, COMPLETE: 0, EXECUTOR_ERROR: 0 },
      ...{ SYSTEM_ERROR: 0, CANCELED: 0, CANCELING: 0, PREEMPTED: 0 },
    };
    for (const id of this.#ofTenant.get(tenant) ?? []) counts[this.find(tenant, id).journal.run.record.state]++;
    return counts;
  }

  onChange(listener: (run: RunRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(record: RunRecord): void {
    for (const listener of this.#listeners) {
      try {
        listener(record);
      } catch (thrown) {
        this.#onError(thrown);
      }
    }
  }

  /** Writes a change and tells of it; the record behind it. @throws DH_OUTPUT_NOT_WRITTEN */
  async change(run: OpenRun, change: RunChange | RunDecision): Promise<RunRecord> {
    let isChanged = false;
    const { record } = await run.journal.append((now) => {
      const decided = typeof change === 'function' ? change(now) : change;
      isChanged = decided !== undefined;
      return decided;
    });
    if (isChanged) this.tell(record);
    return record;
  }

  /** Ends a run; one that has ended stays as it is, and one that is being cancelled ends as that. */
  async end(run: OpenRun, state: RunState, failure?: RunRecord['failure']): Promise<RunRecord> {
    const record = await this.change(run, ({ record: now }) => {
      if (isFinal(now.state)) return undefined;
      if (now.state === 'CANCELING') return { type: 'state', state: 'CANCELED', failure: CANCELED };
      return { type: 'state', state, ...(failure !== undefined && { failure }) };
    });
    await run.journal.close();
    return record;
  }
}

/** Why a cancelled run ended. */
export const CANCELED = { code: 'DH_RUN_CANCELED', message: 'The run was cancelled.' } as const;

function keyOf(tenant: string, key: string): string {
  return JSON.stringify([tenant, key]);
}
