import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { ChunkJob, TaskState, TaskUpdate } from '../backends/chain-backend.js';
import { createSlurmBackend } from '../backends/slurm/slurm-backend.js';
import type { SlurmCommands, SlurmSubmission, SlurmTaskReport } from '../backends/slurm/slurm-commands.js';
import type { SlurmBackendOptions } from '../backends/slurm/slurm-options.js';

/** A controller in memory, whose answers a test decides. */
export class Controller implements SlurmCommands {
  readonly submissions: SlurmSubmission[] = [];
  readonly cancelled: string[] = [];
  readonly past: SlurmTaskReport[] = [];
  /** By the number of the question, from 0; the last one counts for all that follow. */
  answers: ((question: number, ids: readonly string[]) => readonly SlurmTaskReport[])[] = [];
  questions = 0;
  isAway = false;
  cluster = 'test';
  maxArraySize = 1001;
  /** What happens to a submission; `lost` is taken without an answer, `refused` is not taken. */
  onSubmit: ((number: number) => 'taken' | 'lost' | 'away' | 'refused') | undefined;
  readonly taken = new Map<string, string>();

  private assertHere() {
    if (this.isAway) throw new DeepHealthError('DH_BACKEND_UNAVAILABLE', 'Slurm: away.');
  }
  async limits() {
    this.assertHere();
    return { cluster: this.cluster, maxArraySize: this.maxArraySize };
  }
  async submit(submission: SlurmSubmission) {
    this.assertHere();
    this.submissions.push(submission);
    const what = this.onSubmit?.(this.submissions.length) ?? 'taken';
    if (what === 'refused') {
      throw new DeepHealthError('DH_BACKEND_UNAVAILABLE', 'Slurm: no.', { details: { reason: 'refused' } });
    }
    const id = `${this.submissions.length}`;
    if (what !== 'away') this.taken.set(submission.jobName, id);
    if (what !== 'taken') throw new DeepHealthError('DH_BACKEND_UNAVAILABLE', 'Slurm: no answer.');
    return id;
  }
  async query(ids: readonly string[]) {
    this.assertHere();
    const question = this.questions++;
    const answer = this.answers[Math.min(question, this.answers.length - 1)];
    return answer?.(question, ids) ?? ids.flatMap((id) => this.all(id, 'COMPLETED', { exitCode: 0 }));
  }
  async find(names: readonly string[]) {
    this.assertHere();
    return new Map(
      names.flatMap((name) => (this.taken.has(name) ? [[name, this.taken.get(name) ?? ''] as const] : [])),
    );
  }
  async history(ids: readonly string[]) {
    return this.past.filter(({ jobId }) => ids.includes(jobId));
  }
  async cancel(ids: readonly string[]) {
    this.assertHere();
    this.cancelled.push(...ids);
  }
  /** The same of all tasks of an array. */
  all(jobId: string, state: TaskState, more: Partial<SlurmTaskReport> = {}): SlurmTaskReport[] {
    const { count } = this.submissions[Number(jobId) - 1] ?? { count: 1 };
    return Array.from({ length: count }, (_, index) => ({ jobId, index, state, restarts: 0, ...more }));
  }
}

/** Begins a run of a backend whose controller is the one in memory. */
export function begin(
  controller: Controller,
  { tasks = 1, handle = undefined as string | undefined, folder = '', ...options } = {} as BeginOptions,
) {
  const runFolder = folder === '' ? mkdtempSync(join(tmpdir(), 'slurm-run-')) : folder;
  const job: ChunkJob = {
    ...{ runId: 'a'.repeat(32), runFolder, environment: {} },
    tasks: Array.from({ length: tasks }, (_, index) => ({ chunk: `chunk-0000${index}`, command: ['true'] })),
    resources: { cores: 2, ramMiB: 100, gpus: 1, scratchMiB: 7, timeLimitS: 90 },
  };
  const backend = createSlurmBackend({
    commands: controller,
    pollIntervalMs: 1,
    unavailableAfterMs: 60_000,
    ...options.backend,
  });
  const abort = new AbortController();
  const handles: string[] = [];
  const seen: TaskUpdate[] = [];
  const end = backend.run(job, {
    ...(handle === undefined ? {} : { handle }),
    async saveHandle(text) {
      handles.push(text);
      options.onSave?.(text);
    },
    report(update) {
      seen.push(update);
      options.onReport?.(update, abort);
    },
    signal: abort.signal,
  });
  return { runFolder, backend, abort, handles, seen, end };
}

export interface BeginOptions {
  tasks?: number;
  handle?: string | undefined;
  folder?: string;
  backend?: SlurmBackendOptions;
  onSave?: (handle: string) => void;
  onReport?: (update: TaskUpdate, abort: AbortController) => void;
}

/** Names of the arrays that a handle knows. */
export const namesIn = (handle: string | undefined) =>
  (JSON.parse(handle ?? '') as { arrays: { jobName: string }[] }).arrays.map(({ jobName }) => jobName);
export const said = (
  jobId: string,
  index: number,
  state: TaskState,
  more: Partial<SlurmTaskReport> = {},
): SlurmTaskReport => ({
  ...{ jobId, index, state, restarts: 0 },
  ...more,
});
/** What the script of an array leaves of a task's end. */
export const exitFile = (folder: string, chunk: string, text: string) =>
  writeFileSync(join(folder, 'attempts', `${chunk}.exit`), text);
