import type { BackendRun, ChunkJob, TaskUpdate } from '../chain-backend.js';
import type { EngineFolder } from './engine-folder.js';
import { lastUpdate } from './last-update.js';
import { attemptsOfChunks, committedChunks, readTaskMarks } from './task-marks.js';

/** The tasks of a run, as its folder shows them. */
export interface TaskProgress {
  /** Reports what has changed since the last look. */
  look(): Promise<void>;
  /** Chunks that have no part yet. */
  missing(): Promise<ReadonlySet<string>>;
  /** Whether a task was begun since the progress was made. */
  hasBegun(): Promise<boolean>;
  /** Reports and gives the last state of each task, once its engine has ended. */
  finish(): Promise<readonly TaskUpdate[]>;
}

export async function createTaskProgress(
  folder: EngineFolder,
  { tasks, resources }: ChunkJob,
  run: BackendRun,
): Promise<TaskProgress> {
  /** Of engines that were there before: what they have begun does not run any more. */
  const before = await attemptsOfChunks(folder);
  const last = new Map<string, TaskUpdate>();
  const say = (update: TaskUpdate) => {
    const said = last.get(update.chunk);
    if (said?.state === 'COMPLETED') return;
    if (said?.state === update.state && said.attempts === update.attempts) return;
    last.set(update.chunk, update);
    run.report(update);
  };
  const wasBegun = (chunk: string, attempts: number) => attempts > (before.get(chunk) ?? 0);

  async function lookOnce(): Promise<void> {
    const [committed, attemptsOf] = await Promise.all([committedChunks(folder), attemptsOfChunks(folder)]);
    for (const { chunk } of tasks) {
      const attempts = attemptsOf.get(chunk) ?? 0;
      if (committed.has(chunk)) say({ chunk, state: 'COMPLETED', attempts, exitCode: 0 });
      else say({ chunk, state: wasBegun(chunk, attempts) ? 'RUNNING' : 'PENDING', attempts });
    }
  }

  let looking: Promise<void> | undefined;
  return {
    look() {
      looking ??= lookOnce().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    async missing() {
      const committed = await committedChunks(folder);
      return new Set(tasks.map(({ chunk }) => chunk).filter((chunk) => !committed.has(chunk)));
    },
    async hasBegun() {
      return [...(await attemptsOfChunks(folder))].some(([chunk, attempts]) => wasBegun(chunk, attempts));
    },
    async finish() {
      await looking?.catch(() => undefined);
      for (const { chunk } of tasks) {
        const marks = await readTaskMarks(folder, chunk);
        const context = { isAborted: run.signal.aborted, wasBegun: wasBegun(chunk, marks.attempts) };
        say(lastUpdate(chunk, marks, { ...context, timeLimitS: resources.timeLimitS }));
      }
      return tasks.map(({ chunk }) => last.get(chunk) as TaskUpdate);
    },
  };
}
