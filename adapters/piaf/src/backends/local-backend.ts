import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { RUN_FOLDER } from '../steps/run-folder.js';
import type { BackendRun, ChainBackend, ChunkJob, ChunkTask, TaskState, TaskUpdate } from './chain-backend.js';
import { runStep, type StepEnd, taskStateOf } from './step-process.js';
import { TaskPlaces } from './task-places.js';

/** What `createLocalBackend` takes. */
export interface LocalBackendOptions {
  /** Tasks at a time, of all runs together. Default: as many as the cores do. */
  readonly maxTasks?: number;
  /** Cores that are there; for the default of `maxTasks`. */
  readonly cores: number;
}

/** Tasks as processes of this machine. They end with this process; what they committed stays. */
export function createLocalBackend({ maxTasks, cores }: LocalBackendOptions): ChainBackend {
  const places = new TaskPlaces(maxTasks ?? Math.max(1, Math.floor(cores)));
  const closed = new AbortController();

  async function runTask(job: ChunkJob, task: ChunkTask, { report, signal }: BackendRun): Promise<TaskUpdate> {
    const { chunk } = task;
    const tell = (state: TaskState, attempts: number, end?: StepEnd): TaskUpdate => {
      const update = {
        ...{ chunk, state, attempts },
        ...(end?.exitCode !== undefined && { exitCode: end.exitCode }),
        ...(end?.signal !== undefined && { signal: end.signal }),
      };
      report(update);
      return update;
    };
    const release = await places.take(job, maxTasks === undefined ? job.resources.cores : 1, signal);
    if (release === undefined) return tell('CANCELLED', 0);
    try {
      tell('RUNNING', 1);
      const end = await runStep({
        ...{ command: task.command, environment: job.environment, signal },
        ...{ timeLimitS: job.resources.timeLimitS, ramMiB: job.resources.ramMiB },
        logFile: join(job.runFolder, RUN_FOLDER.attempts, `${chunk}.log`),
      });
      return tell(taskStateOf(end), 1, end);
    } finally {
      release();
    }
  }

  return {
    name: 'local',
    run(job, run) {
      const signal = AbortSignal.any([run.signal, closed.signal]);
      // As many as there are tasks: each waits for it.
      setMaxListeners(0, signal);
      return Promise.all(job.tasks.map((task) => runTask(job, task, { ...run, signal, report: (u) => run.report(u) })));
    },
    async close() {
      closed.abort();
    },
  };
}
