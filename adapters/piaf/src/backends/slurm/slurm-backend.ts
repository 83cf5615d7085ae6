import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { BackendRun, ChainBackend, ChunkJob, ChunkTask, TaskUpdate } from '../chain-backend.js';
import { hasEnded } from '../task-outcome.js';
import { type ArrayFiles, createArrayFiles } from './array-files.js';
import { assertChunkName, batchScript, KILL_AFTER_S, MAX_SCRIPT_BYTES } from './batch-script.js';
import { createSlurmCommandLine, unavailable } from './slurm-command-line.js';
import type { SlurmCommands, SlurmLimits, SlurmTaskReport } from './slurm-commands.js';
import { formatHandle, parseHandle, type SlurmArray, type SlurmHandle } from './slurm-handle.js';
import { type SlurmBackendOptions, type SlurmSettings, slurmSettings } from './slurm-options.js';
import { createSlurmWatch, type SlurmWatch } from './slurm-watch.js';
import { createPatience, newJobName, submitArray } from './submit-array.js';
import { createTaskTable, type TableTask, type TaskTable } from './task-table.js';

/** Slurm counts whole minutes, and its limit is for a script that does not keep its own. */
const TIME_MARGIN_S = 30;

interface Context {
  readonly commands: SlurmCommands;
  readonly settings: SlurmSettings;
  readonly watch: SlurmWatch;
  /** Aborted when the backend is closed. */
  readonly closed: AbortSignal;
}

/**
 * Tasks as arrays of Slurm, on a file system that its nodes share with this process. Arrays outlive this process: a
 * run that is given its handle again goes on with the tasks that are there. What was reported of an array that has
 * ended is reported again and nothing is begun: whoever wants a failed task anew gives no handle.
 *
 * @throws DH_CONFIG_INVALID naming the option
 */
export function createSlurmBackend(options: SlurmBackendOptions = {}): ChainBackend {
  const settings = slurmSettings(options);
  const commands = options.commands ?? createSlurmCommandLine(options);
  const closing = new AbortController();
  const watch = createSlurmWatch(commands, settings);
  const context = { commands, settings, watch, closed: closing.signal };
  return {
    name: 'slurm',
    run: (job, run) => runArrays(job, run, context),
    async close() {
      closing.abort();
      watch.close();
    },
  };
}

async function runArrays(job: ChunkJob, run: BackendRun, context: Context): Promise<readonly TaskUpdate[]> {
  assertJob(job);
  const { commands, settings } = context;
  const files = createArrayFiles(job.runFolder);
  const pause = (milliseconds: number) => pauseUnless(milliseconds, context.closed);
  const patience = createPatience({ ...settings, pause });
  const limits = await patience(() =>
    // Cancelled before anything was handed over, there is nothing to ask.
    run.handle === undefined && run.signal.aborted ? undefined : ask(context, () => commands.limits()),
  );
  if (limits === undefined) return endUnbegun(job, run);
  const { handle, chunksByArray, isOld } = await planArrays(job, run, { files, limits, settings });
  let saved: SlurmHandle = handle;

  const tasks: TableTask[] = [];
  const unsubmitted: string[] = [];
  for (const [place, known] of handle.arrays.entries()) {
    const chunks = chunksByArray[place] ?? [];
    const save = async (array: SlurmArray) => {
      saved = { ...saved, arrays: saved.arrays.map((one, index) => (index === place ? array : one)) };
      await run.saveHandle(formatHandle(saved));
    };
    const array = await submitArray(known, isOld[place] === true, {
      ...{ runId: job.runId, chunks, files, save, signal: run.signal, pause },
      ...{ pollIntervalMs: settings.pollIntervalMs, unavailableAfterMs: settings.unavailableAfterMs },
      commands: openCommands(context),
      submit: (jobName) => ask(context, () => commands.submit(submissionOf(job, jobName, chunks, files, settings))),
    });
    if (array.jobId === undefined && array.isForgotten !== true) unsubmitted.push(...chunks);
    else tasks.push(...chunks.map((chunk, index) => tableTask(chunk, index, array)));
  }

  const wanted = new Set(job.tasks.map(({ chunk }) => chunk));
  const table = createTaskTable(tasks, files, (update) => {
    if (wanted.has(update.chunk)) run.report(update);
  });
  await follow(table, job, run, context);
  const cancelled = unsubmitted.map((chunk): TaskUpdate => ({ chunk, state: 'CANCELLED', attempts: 0 }));
  for (const update of cancelled) if (wanted.has(update.chunk)) run.report(update);
  return inOrder(job, [...table.updates, ...cancelled]);
}

/** Until no task of the table is there any more; ends them where the run is cancelled. */
async function follow(table: TaskTable, { runId }: ChunkJob, { signal }: BackendRun, context: Context): Promise<void> {
  const { commands, watch, closed, settings } = context;
  const why = createReasonLog(runId, settings.log);
  const wake = onAbort(signal);
  try {
    while (!table.isDone) {
      const jobIds = table.openJobIds;
      // Again and again: an array may be handed over between two of them, and an answer may get lost.
      if (signal.aborted && jobIds.length > 0) await commands.cancel(jobIds).catch(() => undefined);
      const next = watch.next(jobIds, signal.aborted);
      const reports = await (signal.aborted ? next : Promise.race([next, wake.promise]));
      assertOpen(closed);
      // No answer changes nothing: tasks go on without the controller.
      if (reports === undefined) continue;
      why(reports);
      await table.take(reports, (ids) => commands.history(ids).catch(() => []));
    }
  } finally {
    wake.stop();
  }
}

function endUnbegun({ tasks }: ChunkJob, run: BackendRun): TaskUpdate[] {
  const updates = tasks.map(({ chunk }): TaskUpdate => ({ chunk, state: 'CANCELLED', attempts: 0 }));
  for (const update of updates) run.report(update);
  return updates;
}

interface Plan {
  readonly handle: SlurmHandle;
  readonly chunksByArray: readonly (readonly string[])[];
  /** Whether an earlier process may have submitted the array. */
  readonly isOld: readonly boolean[];
}

/** The arrays of an earlier process, and new ones for tasks that are in none; all durable. */
async function planArrays(
  job: ChunkJob,
  run: BackendRun,
  { files, limits, settings }: { files: ArrayFiles; limits: SlurmLimits; settings: SlurmSettings },
): Promise<Plan> {
  const earlier = run.handle === undefined ? undefined : parseHandle(run.handle);
  if (earlier !== undefined && earlier.cluster !== limits.cluster) {
    throw unavailable('the tasks of this run are on a cluster of another name', 'refused');
  }
  const old = earlier?.arrays ?? [];
  const chunksOfOld = await Promise.all(old.map(({ jobName }) => files.chunksOf(jobName)));
  const known = new Set(chunksOfOld.flat());
  const missing = job.tasks.filter(({ chunk }) => !known.has(chunk));
  const fresh = splitTasks(missing, Math.min(limits.maxArraySize, settings.maxArraySize)).map((tasks) => ({
    array: { jobName: newJobName(job.runId) },
    chunks: tasks.map(({ chunk }) => chunk),
  }));
  for (const { array, chunks } of fresh) await files.prepare(array.jobName, chunks);
  const handle: SlurmHandle = {
    ...{ version: 1, cluster: limits.cluster },
    arrays: [...old, ...fresh.map(({ array }) => array)],
  };
  if (fresh.length > 0) await run.saveHandle(formatHandle(handle));
  return {
    handle,
    chunksByArray: [...chunksOfOld, ...fresh.map(({ chunks }) => chunks)],
    isOld: [...old.map(() => true), ...fresh.map(() => false)],
  };
}

/** In arrays of at most so many tasks, whose scripts Slurm takes. */
export function splitTasks(tasks: readonly ChunkTask[], most: number): ChunkTask[][] {
  const arrays: ChunkTask[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const task of tasks) {
    // Quotes make words longer, by four times at most.
    const size = task.command.reduce((sum, word) => sum + 4 * Buffer.byteLength(word) + 3, 200);
    const last = arrays.at(-1);
    if (last === undefined || last.length >= most || bytes + size > MAX_SCRIPT_BYTES) {
      arrays.push([task]);
      bytes = size;
    } else {
      last.push(task);
      bytes += size;
    }
  }
  return arrays;
}

function submissionOf(
  job: ChunkJob,
  jobName: string,
  chunks: readonly string[],
  { attemptsFolder }: ArrayFiles,
  settings: SlurmSettings,
) {
  const { cores, ramMiB, gpus = 0, scratchMiB, timeLimitS } = job.resources;
  const { environment, runId } = job;
  const tasks = chunks.map((chunk) => taskOf(job, chunk));
  return {
    jobName,
    comment: `deephealth run ${runId}`,
    script: batchScript({ jobName, attemptsFolder, tasks, environment, timeLimitS }),
    count: chunks.length,
    ...(settings.tasksAtOnce === undefined ? {} : { atOnce: settings.tasksAtOnce }),
    ...{ cores: Math.max(1, Math.ceil(cores)), ramMiB: Math.max(1, Math.ceil(ramMiB)), gpus },
    ...(scratchMiB !== undefined && settings.requestScratch ? { scratchMiB: Math.ceil(scratchMiB) } : {}),
    timeLimitMinutes: Math.ceil((timeLimitS + KILL_AFTER_S + TIME_MARGIN_S) / 60),
    requeue: settings.requeue,
  };
}

/** A task that is not wanted any more has its part: what is left of it is to end well. */
function taskOf(job: ChunkJob, chunk: string): ChunkTask {
  return job.tasks.find((task) => task.chunk === chunk) ?? { chunk, command: ['true'] };
}

function tableTask(chunk: string, index: number, { jobName, jobId }: SlurmArray): TableTask {
  return { chunk, index, jobName, ...(jobId === undefined ? {} : { jobId }) };
}

/** The last state of each task of the job, in its order. */
function inOrder(job: ChunkJob, updates: readonly TaskUpdate[]): TaskUpdate[] {
  const byChunk = new Map(updates.map((update) => [update.chunk, update]));
  return job.tasks.flatMap(({ chunk }) => byChunk.get(chunk) ?? []);
}

function assertJob({ runId, tasks }: ChunkJob): void {
  for (const { chunk } of tasks) assertChunkName(chunk);
  if (/^[A-Za-z0-9_-]{1,100}$/.test(runId)) return;
  throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', 'runId: expected letters, digits, - and _.', {
    details: { field: 'runId' },
  });
}

/** Says of each reason to wait once, while it lasts. */
function createReasonLog(runId: string, log: (line: string) => void): (reports: readonly SlurmTaskReport[]) => void {
  let said = new Set<string>();
  return (reports) => {
    const waiting = reports.filter(({ state, reason }) => !hasEnded(state) && reason !== undefined);
    const reasons = new Set(waiting.map(({ reason }) => reason ?? ''));
    for (const reason of reasons) {
      const count = waiting.filter((one) => one.reason === reason).length;
      if (!said.has(reason)) log(`Run ${runId}: ${count} ${count === 1 ? 'task waits' : 'tasks wait'} (${reason}).`);
    }
    said = reasons;
  };
}

function assertOpen(closed: AbortSignal): void {
  if (closed.aborted) throw unavailable('the backend was closed, and the tasks go on', 'refused');
}

async function ask<T>({ closed }: Context, question: () => Promise<T>): Promise<T> {
  assertOpen(closed);
  return question();
}

/** Those of a submission, which ends with the backend. */
function openCommands(context: Context): SlurmCommands {
  const { commands } = context;
  return {
    ...commands,
    find: (names) => ask(context, () => commands.find(names)),
    query: (jobIds) => ask(context, () => commands.query(jobIds)),
    cancel: (jobIds) => ask(context, () => commands.cancel(jobIds)),
  };
}

const pauseUnless = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

function onAbort(signal: AbortSignal): { readonly promise: Promise<undefined>; stop(): void } {
  let wake: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((resolve) => {
    wake = resolve;
  });
  const listener = () => wake(undefined);
  signal.addEventListener('abort', listener, { once: true });
  return { promise, stop: () => signal.removeEventListener('abort', listener) };
}
