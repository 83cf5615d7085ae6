import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { BackendRun, ChainBackend, TaskUpdate } from '../backends/chain-backend.js';
import { runStep, taskStateOf } from '../backends/step-process.js';
import { runStateOf } from '../backends/task-outcome.js';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import { removeUnfinished } from '../steps/commit-folder.js';
import { readDocument } from '../steps/read-document.js';
import { PART_FILE, RUN_FOLDER, type StagedItems } from '../steps/run-folder.js';
import type { StageInput } from '../steps/stage-in.js';
import { chunksOf, writeChunks } from '../steps/write-chunks.js';
import { failureOfTask, mayEndOtherwise, type RunFailure, readAttempt } from './run-failure.js';
import type { TaskRecord } from './run-record.js';
import type { StepCommands } from './step-commands.js';

export interface ChainExecution {
  readonly runId: string;
  /** Absolute; see RUN_FOLDER. What is there already is not done again. */
  readonly runFolder: string;
  readonly chain: ChainBinding;
  readonly inputCount: number;
  /** Asked for when they are to be staged; once they are, nobody needs them. */
  inputs(): Promise<readonly StageInput[]>;
  readonly parameters: Readonly<Record<string, number | boolean>>;
  readonly commands: StepCommands;
  readonly backend: ChainBackend;
  /** Of every step, all of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly handle?: string;
  saveHandle(handle: string): Promise<void>;
  /** Sees what was staged before anything is computed, in each call; what it throws ends the run. */
  onStaged?(staged: StagedItems): void | Promise<void>;
  /** Awaited before the chain goes on. */
  onState(state: 'INITIALIZING' | 'RUNNING' | 'PAUSED'): Promise<void>;
  onItems(items: number, chunks: readonly string[]): Promise<void>;
  onTask(task: TaskRecord): Promise<void>;
  /** What `onTask` last said of a task, before our last start included. */
  taskOf(task: string): TaskRecord | undefined;
  readonly signal: AbortSignal;
}

/** Of the folder of a run; where the inputs lie, for the time of the staging. */
export const INPUTS_LIST = 'inputs.json';

/** How often a task that was killed, or whose machine failed, is begun. */
export const MOST_ATTEMPTS = 3;

/**
 * Does what is left of a run: stages, divides, has the backend do the chunks that have no part yet, merges. It may
 * be ended anywhere and called again.
 *
 * @returns undefined when the result is there, else why it is not
 * @throws DH_CANCELLED or the reason of the signal; DH_BACKEND_UNAVAILABLE, which may be tried again;
 * DH_OUTPUT_NOT_WRITTEN
 */
export async function executeChain(execution: ChainExecution): Promise<RunFailure | undefined> {
  const { runFolder, chain, signal } = execution;
  const staged = join(runFolder, RUN_FOLDER.staged);
  await mkdir(join(runFolder, RUN_FOLDER.attempts), { recursive: true });
  if (!(await isThere(staged))) {
    await execution.onState('INITIALIZING');
    const failed = await stage(execution);
    if (failed !== undefined) return failed;
  }
  const { document, sha256 } = await readDocument<StagedItems>(
    join(staged, 'items.json'),
    'staged/items.json',
    'items',
  );
  await execution.onStaged?.(document);
  await writeChunks(staged, chain, join(runFolder, RUN_FOLDER.chunks));
  const chunks = chunksOf(document, sha256, chain).map(({ chunk }) => chunk);
  await execution.onItems(document.items.length, chunks);
  await execution.onState('RUNNING');
  const failed = await scatter(execution, chunks);
  if (failed !== undefined) return failed;
  await removeUnfinished(join(runFolder, RUN_FOLDER.parts));
  signal.throwIfAborted();
  return (await isThere(join(runFolder, RUN_FOLDER.result)))
    ? undefined
    : single(execution, 'merge', execution.commands.merge());
}

async function stage(execution: ChainExecution): Promise<RunFailure | undefined> {
  const { runFolder, commands, parameters } = execution;
  const list = join(runFolder, INPUTS_LIST);
  await writeFile(list, JSON.stringify(await execution.inputs()), { mode: 0o600 });
  try {
    return await single(execution, 'stage-in', commands.stageIn(list, parameters));
  } finally {
    // It has the names that the caller gave, and is made anew if it is needed.
    await rm(list, { force: true });
  }
}

/** A step that is one process of this machine, whatever the backend. */
async function single(
  execution: ChainExecution,
  name: 'stage-in' | 'merge',
  command: readonly string[],
): Promise<RunFailure | undefined> {
  const { runFolder, environment, signal, commands, chain } = execution;
  const { timeLimitS } = chain.resources;
  for (let turn = 1; ; turn++) {
    const attempts = (execution.taskOf(name)?.attempts ?? 0) + 1;
    const startedAt = new Date().toISOString();
    await execution.onTask({ name, state: 'RUNNING', attempts, startedAt });
    await rm(commands.attemptFile(name), { force: true });
    const end = await runStep({
      ...{ command, environment, signal },
      // All items pass through one process here, and each chunk has the time limit of the chain.
      timeLimitS: timeLimitS * Math.max(1, Math.ceil(execution.inputCount / chain.chunk.items)),
      logFile: join(runFolder, RUN_FOLDER.attempts, `${name}.log`),
    });
    const update: TaskUpdate = {
      ...{ chunk: name, attempts },
      state: taskStateOf(end),
      ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
      ...(end.signal !== undefined && { signal: end.signal }),
    };
    const endedAt = new Date().toISOString();
    const about = { name, attempts, startedAt, endedAt, ...(end.exitCode !== undefined && { exitCode: end.exitCode }) };
    if (update.state === 'COMPLETED') {
      await execution.onTask({ ...about, state: 'COMPLETE' });
      return undefined;
    }
    if (signal.aborted) {
      await execution.onTask({ ...about, state: 'CANCELED' });
      throw signal.reason;
    }
    const attempt = await readAttempt(commands.attemptFile(name));
    const failure = failureOfTask(update, attempt);
    await execution.onTask({
      ...about,
      state: failure.state,
      failure: { code: failure.code, message: failure.message },
    });
    if (turn >= MOST_ATTEMPTS || !mayEndOtherwise(update, attempt)) return failure;
  }
}

/** Has the chunks done that have no part; those that may end otherwise are begun anew. */
async function scatter(execution: ChainExecution, chunks: readonly string[]): Promise<RunFailure | undefined> {
  const { backend, runFolder, chain, commands, environment, signal, runId } = execution;
  for (let turn = 1; ; turn++) {
    const missing = await withoutPart(runFolder, chunks);
    const open = new Set(missing);
    for (const name of chunks) if (!open.has(name)) await markDone(execution, name);
    if (missing.length === 0) return undefined;
    const handle = turn === 1 ? execution.handle : undefined;
    // Tasks of an engine may have failed, and said why, while nobody looked.
    if (handle === undefined) for (const chunk of missing) await rm(commands.attemptFile(chunk), { force: true });
    const watch = new TaskWatch(execution);
    const run: BackendRun = {
      ...(handle !== undefined && { handle }),
      saveHandle: (handle) => execution.saveHandle(handle),
      report: (update) => watch.take(update),
      signal,
    };
    const tasks = missing.map((chunk) => ({ chunk, command: commands.infer(chunk) }));
    const ends = await backend.run({ runId, runFolder, tasks, environment, resources: chain.resources }, run);
    await watch.settled();
    signal.throwIfAborted();
    const left = new Set(await withoutPart(runFolder, missing));
    const failures: RunFailure[] = [];
    let isFinal = turn >= MOST_ATTEMPTS;
    for (const update of ends) {
      if (!left.has(update.chunk)) continue;
      const attempt = await readAttempt(commands.attemptFile(update.chunk));
      const failure = failureOfTask(update, attempt);
      await watch.fail(update, failure);
      failures.push(failure);
      if (!mayEndOtherwise(update, attempt)) isFinal = true;
    }
    if (isFinal && failures[0] !== undefined) return failures[0];
    if (left.size > 0 && failures.length === 0) {
      return {
        state: 'SYSTEM_ERROR',
        code: 'DH_CHUNK_FAILED',
        message: `${[...left][0]} has no part, and the engine does not say why.`,
      };
    }
  }
}

/** Chunks whose part is not there. A part comes into being whole, so that its folder is enough. */
async function withoutPart(runFolder: string, chunks: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const chunk of chunks) {
    if (!(await isThere(join(runFolder, RUN_FOLDER.parts, chunk, PART_FILE)))) left.push(chunk);
  }
  return left;
}

/** Of a part whose task was not seen to end, as where this process was not there. */
async function markDone(execution: ChainExecution, name: string): Promise<void> {
  const known = execution.taskOf(name);
  if (known?.state === 'COMPLETE') return;
  const now = new Date().toISOString();
  const { startedAt = now, attempts = 1 } = known ?? {};
  const times = { startedAt, endedAt: now };
  await execution.onTask({ name, state: 'COMPLETE', attempts: Math.max(1, attempts), ...times, exitCode: 0 });
}

/** Turns what a backend reports into records, one after the other. */
class TaskWatch {
  readonly #execution: ChainExecution;
  readonly #before = new Map<string, number>();
  readonly #startedAt = new Map<string, string>();
  readonly #states = new Map<string, TaskUpdate['state']>();
  #running = 0;
  #suspended = 0;
  #last: Promise<void> = Promise.resolve();
  #isPaused = false;

  constructor(execution: ChainExecution) {
    this.#execution = execution;
  }

  take(update: TaskUpdate): void {
    const { chunk, state } = update;
    const now = new Date().toISOString();
    if (state === 'RUNNING' && this.#states.get(chunk) !== 'SUSPENDED') this.#startedAt.set(chunk, now);
    this.#running += Number(state === 'RUNNING') - Number(this.#states.get(chunk) === 'RUNNING');
    this.#suspended += Number(state === 'SUSPENDED') - Number(this.#states.get(chunk) === 'SUSPENDED');
    this.#states.set(chunk, state);
    const isPaused = this.#suspended > 0 && this.#running === 0;
    // What failed may be begun anew: its end is told when that is decided.
    if (state === 'FAILED' || state === 'NODE_FAIL' || state === 'BOOT_FAIL') return;
    this.#last = this.#last.then(async () => {
      await this.#execution.onTask(this.#record(update, now));
      await this.#pauseOrGoOn(isPaused);
    });
    // Whoever waits hears of it.
    this.#last.catch(() => undefined);
  }

  async fail(update: TaskUpdate, failure: RunFailure): Promise<void> {
    const record = this.#record(update, new Date().toISOString());
    const { code, message } = failure;
    await this.#execution.onTask({ ...record, state: failure.state, failure: { code, message } });
  }

  settled(): Promise<void> {
    return this.#last;
  }

  #record(update: TaskUpdate, now: string): TaskRecord {
    const { chunk, attempts, exitCode } = update;
    if (!this.#before.has(chunk)) this.#before.set(chunk, this.#execution.taskOf(chunk)?.attempts ?? 0);
    const state = runStateOf(update);
    const startedAt = this.#startedAt.get(chunk);
    const hasEnded = !['QUEUED', 'INITIALIZING', 'RUNNING', 'PAUSED'].includes(state);
    return {
      ...{ name: chunk, state, attempts: (this.#before.get(chunk) ?? 0) + attempts },
      ...(startedAt !== undefined && { startedAt }),
      ...(hasEnded && { endedAt: now }),
      ...(exitCode !== undefined && { exitCode }),
    };
  }

  /** A run is paused while a task of it is, and none runs. */
  async #pauseOrGoOn(isPaused: boolean): Promise<void> {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    await this.#execution.onState(isPaused ? 'PAUSED' : 'RUNNING');
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new DeepHealthError('DH_RUN_STORE_INVALID', 'The folder of a run cannot be read.', { cause: thrown });
  }
}
