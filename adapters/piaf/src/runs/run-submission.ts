import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { checkParameters } from '../steps/check-parameters.js';
import { flush, flushTree } from '../steps/flush.js';
import type { SubmittedRun } from '../store/run-event.js';
import { openRunJournal } from '../store/run-journal.js';
import type { RunServiceOptions } from './create-run-service.js';
import type { OpenRun, OpenRuns } from './open-runs.js';
import { LIMITS, RETRY_AFTER_MS } from './run-limits.js';
import type { RunQueue } from './run-queue.js';
import type { RunRecord } from './run-record.js';
import type { ServedChain, SubmitRequest } from './run-service.js';
import { layOutInputs, requestDigest } from './take-submission.js';
import type { LaidUpload } from './upload-area.js';

export interface SubmissionContext {
  readonly options: RunServiceOptions;
  /** `runs` of the state folder. */
  readonly home: string;
  readonly chains: ReadonlyMap<string, ServedChain>;
  readonly runs: OpenRuns;
  readonly queue: RunQueue;
}

/** Takes requests: checks them, and makes durable runs of them that wait for their turn. */
export class RunSubmission {
  readonly #context: SubmissionContext;
  /** Requests that have a place among those that wait, and are being written. */
  readonly #pending = new Map<string, number>();

  constructor(context: SubmissionContext) {
    this.#context = context;
  }

  async take(request: SubmitRequest, upload: LaidUpload): Promise<RunRecord> {
    const { chains, options, runs } = this.#context;
    const { tenant, idempotencyKey } = request;
    const chain = chains.get(request.chain);
    if (chain === undefined) {
      throw new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', 'The service has no such chain.', {
        details: { field: 'workflow_url' },
      });
    }
    const parameters = checkParameters(chain.binding, request.parameters) as Record<string, number | boolean>;
    for (const url of Object.values(request.callbacks ?? {})) await options.checkCallback?.(url);
    if (idempotencyKey === undefined) return this.#begin(request, chain, parameters, upload);
    const requestSha256 = requestDigest(request, parameters, upload.digests);
    const earlier = runs.byKey(tenant, idempotencyKey);
    if (earlier !== undefined) {
      if (earlier.requestSha256 !== requestSha256) {
        throw new DeepHealthError('DH_RUN_CONFLICT', 'The idempotency key was used for another request.');
      }
      await upload.discard();
      const { runId } = await earlier.run;
      return runs.find(tenant, runId).journal.run.record;
    }
    const run = this.#begin(request, chain, parameters, upload, { key: idempotencyKey, requestSha256 });
    runs.rememberKey(tenant, idempotencyKey, { requestSha256, run });
    return run;
  }

  async #begin(
    request: SubmitRequest,
    chain: ServedChain,
    parameters: Readonly<Record<string, number | boolean>>,
    upload: LaidUpload,
    idempotency?: SubmittedRun['idempotency'],
  ): Promise<RunRecord> {
    const { tenant, face } = request;
    const { options, home, runs, queue } = this.#context;
    this.#assertRoom(tenant);
    this.#pending.set(tenant, (this.#pending.get(tenant) ?? 0) + 1);
    try {
      const inputs = await layOutInputs(request, chain, upload, options.roots ?? []);
      const runId = randomBytes(16).toString('hex');
      const submitted: SubmittedRun = {
        ...{ runId, tenant, face, parameters, inputs, chain: chain.id, packageSha256: chain.packageSha256 },
        ...{ request: request.request, backend: options.backend.name },
        ...(request.callbacks === undefined ? {} : { callbacks: request.callbacks }),
        ...(idempotency === undefined ? {} : { idempotency }),
      };
      const run = await makeRun(upload.folder, join(home, runId), home, submitted);
      runs.add(run, submitted);
      queue.add(tenant, runId);
      runs.tell(run.journal.run.record);
      return run.journal.run.record;
    } finally {
      const left = (this.#pending.get(tenant) ?? 1) - 1;
      if (left > 0) this.#pending.set(tenant, left);
      else this.#pending.delete(tenant);
    }
  }

  #assertRoom(tenant: string): void {
    const { queue, options } = this.#context;
    const {
      maxActivePerTenant = LIMITS.maxActivePerTenant,
      maxActiveOf = {},
      maxQueued = LIMITS.maxQueued,
    } = options.limits ?? {};
    const most = Object.hasOwn(maxActiveOf, tenant) ? (maxActiveOf[tenant] as number) : maxActivePerTenant;
    if (queue.activeOf(tenant) + (this.#pending.get(tenant) ?? 0) >= most) {
      throw new DeepHealthError(
        'DH_RUN_QUOTA_EXCEEDED',
        `${most} runs may wait or run for one caller, and there are as many. Wait for one to end.`,
        { retryAfterMs: RETRY_AFTER_MS },
      );
    }
    const pending = [...this.#pending.values()].reduce((sum, count) => sum + count, 0);
    if (queue.waiting + pending < maxQueued) return;
    throw new DeepHealthError('DH_QUEUE_FULL', 'Too many runs wait. Send it again later.', {
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
}

/** Makes the folder of an upload that of a run: there whole and on the disk, or not at all. */
async function makeRun(upload: string, folder: string, home: string, submitted: SubmittedRun): Promise<OpenRun> {
  const journal = await openRunJournal(join(upload, 'journal.ndjson'), { type: 'submitted', run: submitted });
  try {
    await flushTree(upload);
    await rename(upload, folder);
    await flush(home);
    return { journal, folder };
  } catch (cause) {
    await journal.close().catch(() => undefined);
    // Who is told that it was not taken must not find it running after the next start.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The run cannot be stored. Check space and rights.', { cause });
  }
}
