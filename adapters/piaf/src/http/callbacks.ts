import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';
import { resultsDocument, statusInfo } from '../ogc/job-documents.js';
import { JOB_STATUS } from '../ogc/job-state.js';
import type { RunRecord } from '../runs/run-record.js';
import type { RunService } from '../runs/run-service.js';
import type { CallbackHosts } from './callback-hosts.js';
import { type CallbackEvent, type CallbackJournal, openCallbackJournal } from './callback-journal.js';
import { postCallback, type ResolveName } from './post-callback.js';

export interface CallbacksOptions {
  readonly service: RunService;
  /** Whose runs may have callbacks that an earlier process did not deliver. */
  readonly tenants: readonly string[];
  readonly hosts: CallbackHosts;
  /** Where links lead. */
  readonly base: string;
  /** Folder of its own, for what was delivered. Default: known only as long as the process lives. */
  readonly stateFolder?: string;
  /** Before each further try. Default 1 s, 5 s, 30 s, 2 min, 10 min, 1 h. */
  readonly retryDelaysMs?: readonly number[];
  /** Of one try. Default 10 s. */
  readonly timeoutMs?: number;
  readonly resolveName?: ResolveName;
  /** Sees what was given up. */
  readonly onError?: (thrown: unknown) => void;
}

export interface Callbacks {
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Ends what is under way; what is not delivered is tried again by the next process. */
  close(): Promise<void>;
}

const RETRY_DELAYS_MS = [1000, 5000, 30_000, 120_000, 600_000, 3_600_000];
const TIMEOUT_MS = 10_000;
const PAGE = 1000;
const URIS = { success: 'successUri', inProgress: 'inProgressUri', failed: 'failedUri' } as const;

/**
 * Calls the subscribers of runs that came by OGC's face: of each, `successUri` with the results or `failedUri` with
 * the state, once at least; `inProgressUri` with each new progress, as long as nothing newer is known. A process that
 * starts goes on where the last one ended. What cannot be delivered is given up after the last delay, and at once for
 * an answer that asking again cannot change.
 */
export async function createCallbacks(options: CallbacksOptions): Promise<Callbacks> {
  const journal = await openCallbackJournal(options.stateFolder);
  const queue = new CallbackQueue(options, journal);
  const unlisten = options.service.onChange((run) => queue.consider(run));
  for (const tenant of options.tenants) {
    let pageToken: string | undefined;
    do {
      const page = options.service.list(tenant, {
        ...{ pageSize: PAGE, ...(pageToken === undefined ? {} : { pageToken }) },
      });
      for (const run of page.runs) queue.consider(run);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
  return {
    idle: () => queue.idle(),
    async close() {
      unlisten();
      await queue.close();
      await journal.close();
    },
  };
}

class CallbackQueue {
  readonly #end = new AbortController();
  /** What is to be told of a run next: the newest, whatever it was before. */
  readonly #latest = new Map<string, RunRecord>();
  readonly #workers = new Map<string, Promise<void>>();
  readonly #told = new Map<string, number>();

  constructor(
    private readonly options: CallbacksOptions,
    private readonly journal: CallbackJournal,
  ) {}

  consider(run: RunRecord): void {
    const event = eventOf(run);
    if (event === undefined || this.#end.signal.aborted) return;
    if (Object.keys(subscriberOf(run)).length === 0) return;
    if (event !== 'inProgress' && this.journal.has(run.runId, event)) return;
    this.#latest.set(run.runId, run);
    if (this.#workers.has(run.runId)) return;
    this.#workers.set(run.runId, this.#work(run.runId));
  }

  async idle(): Promise<void> {
    while (this.#workers.size > 0) await Promise.all(this.#workers.values());
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.idle();
  }

  async #work(runId: string): Promise<void> {
    for (;;) {
      const run = this.#latest.get(runId);
      if (run === undefined || this.#end.signal.aborted) {
        // At once: news that come now must find no worker.
        this.#workers.delete(runId);
        return;
      }
      this.#latest.delete(runId);
      try {
        await this.#tell(run);
      } catch (thrown) {
        if (!this.#end.signal.aborted) this.options.onError?.(thrown);
      }
    }
  }

  async #tell(run: RunRecord): Promise<void> {
    const event = eventOf(run);
    if (event === undefined || (event === 'inProgress' && this.#told.get(run.runId) === run.progress)) return;
    if (event !== 'inProgress') this.#told.delete(run.runId);
    const uri = subscriberOf(run)[URIS[event]];
    if (uri === undefined) return;
    const { base, hosts } = this.options;
    const document = event === 'success' ? resultsDocument(run, base, outputsOf(run)) : statusInfo(run, base);
    let end: 'delivered' | 'given-up' = 'given-up';
    try {
      // The list of hosts may be another one than when the run was taken.
      const target = hosts.target(uri, URIS[event]);
      if (await this.#deliver(run, target, JSON.stringify(document))) end = 'delivered';
      else if (event !== 'inProgress') this.options.onError?.(undelivered(run, event));
    } catch (thrown) {
      if (this.#end.signal.aborted) throw thrown;
      this.options.onError?.(thrown);
    }
    if (event === 'inProgress') this.#told.set(run.runId, run.progress);
    else await this.journal.add(run.runId, event, end);
  }

  async #deliver(run: RunRecord, target: ReturnType<CallbackHosts['target']>, body: string): Promise<boolean> {
    const { timeoutMs = TIMEOUT_MS, resolveName, retryDelaysMs = RETRY_DELAYS_MS } = this.options;
    const { signal } = this.#end;
    for (let attempt = 0; ; attempt++) {
      const status = await postCallback(target, body, {
        ...{ timeoutMs, signal, ...(resolveName === undefined ? {} : { resolveName }) },
      }).catch((thrown) => {
        if (signal.aborted || thrown instanceof DeepHealthError) throw thrown;
        return undefined;
      });
      if (status !== undefined && status >= 200 && status < 300) return true;
      const isFinal = status !== undefined && status < 500 && status !== 408 && status !== 425 && status !== 429;
      const waitMs = retryDelaysMs[attempt];
      // What is old news is not told again.
      const isOld = eventOf(run) === 'inProgress' && this.#latest.has(run.runId);
      if (isFinal || waitMs === undefined || isOld) return false;
      await delay(waitMs, undefined, { signal });
    }
  }
}

function eventOf(run: RunRecord): CallbackEvent | undefined {
  const status = JOB_STATUS[run.state];
  if (status === 'successful') return 'success';
  if (status === 'running') return 'inProgress';
  if (status === 'failed' || run.state === 'CANCELED') return 'failed';
  return undefined;
}

function subscriberOf({ face, request }: RunRecord): Readonly<Partial<Record<string, string>>> {
  const { subscriber } = request;
  if (face !== 'ogc' || typeof subscriber !== 'object' || subscriber === null) return {};
  return subscriber as Readonly<Record<string, string>>;
}

function outputsOf({ request: { outputs } }: RunRecord): readonly string[] | undefined {
  return Array.isArray(outputs) ? outputs : undefined;
}

function undelivered({ runId }: RunRecord, event: CallbackEvent): DeepHealthError {
  return new DeepHealthError('DH_PLATFORM_UNREACHABLE', `The callback ${URIS[event]} of run ${runId} was given up.`);
}
