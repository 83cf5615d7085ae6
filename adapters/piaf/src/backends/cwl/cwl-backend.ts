import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { BackendRun, ChainBackend, ChunkJob, TaskUpdate } from '../chain-backend.js';
import { endEngine } from './end-engine.js';
import { type EngineFolder, engineFolder } from './engine-folder.js';
import { type EngineEnd, startEngine } from './engine-process.js';
import { type EngineRecord, readEngineRecord, removeEngineRecord, writeEngineRecord } from './engine-record.js';
import { startTimeOf } from './marked-processes.js';
import { createTaskProgress, type TaskProgress } from './task-progress.js';
import { ENGINE_MARK, taskJobOrder, taskScript, taskWorkflow } from './task-workflow.js';

export interface CwlBackendOptions {
  /**
   * Program and arguments of the engine, such as `['cwltool', '--parallel']` or `['toil-cwl-runner',
   * '--batchSystem', 'slurm', '--jobStore', 'jobs']`; workflow and job order follow them. It runs in a folder of its
   * own below the folder of the run, so relative paths are new in each run. Never from a request.
   */
  readonly engine: readonly string[];
  /** Of the run record. Default `cwl`. */
  readonly name?: string;
  /** Environment of the engine. Default that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How often the folder of a run is looked at. Default 500. */
  readonly pollMs?: number;
  /** What an engine that is told to end has for it before it is killed. Default 10 000. */
  readonly graceMs?: number;
}

/** An engine that cannot run what it is given ends with this, by the specification of CWL. */
const EXIT_UNSUPPORTED = 33;

/**
 * A backend that hands all tasks of a run to an engine for CWL v1.2 as one scatter, wherever that does them. Tasks
 * commit their parts themselves, so the engine's machines share the folder of the run with this one, under the same
 * path. POSIX systems only.
 *
 * An engine lives as long as this process. When a run is taken up again, what is left of its last engine on this
 * machine is ended before another one is begun, and chunks that have a part are not done again.
 *
 * @throws DH_CONFIG_INVALID for an engine without a program
 */
export function createCwlBackend(options: CwlBackendOptions): ChainBackend {
  const { engine, name = 'cwl', environment = process.env, pollMs = 500, graceMs = 10_000 } = options;
  if (engine[0] === undefined || engine[0] === '') {
    throw new DeepHealthError('DH_CONFIG_INVALID', '"engine" names no program.', { details: { field: 'engine' } });
  }
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  async function doTasks(job: ChunkJob, run: BackendRun): Promise<readonly TaskUpdate[]> {
    const folder = engineFolder(job.runFolder);
    const left = await readEngineRecord(folder.record);
    if (left !== undefined) await endEngine(identified(left), folder.script, graceMs);
    const progress = await createTaskProgress(folder, job, run);
    await progress.look();
    const missing = await progress.missing();
    if (missing.size > 0 && !run.signal.aborted) {
      const tasks = job.tasks.filter(({ chunk }) => missing.has(chunk));
      const end = await runEngine(folder, { ...job, tasks }, run, progress);
      if (!run.signal.aborted && (await progress.missing()).size > 0) await checkEnd(end, progress);
    }
    return progress.finish();
  }

  /** How it ended; undefined if it was not begun. */
  async function runEngine(folder: EngineFolder, job: ChunkJob, run: BackendRun, progress: TaskProgress) {
    const mark = randomUUID();
    await writeFolder(folder, job, mark);
    // Known before it is begun: should this process end in between, the mark is enough to find it.
    await writeEngineRecord(folder.record, { mark });
    await run.saveHandle(mark);
    const stop = AbortSignal.any([run.signal, closing.signal]);
    if (stop.aborted) return undefined;
    const started = startEngine([...engine, folder.workflow, folder.job], {
      cwd: folder.work,
      env: { ...environment, [ENGINE_MARK]: mark },
      log: folder.log,
    });
    const record = await recordOf(mark, started.pid);
    const looking = setInterval(() => void progress.look().catch(() => undefined), pollMs);
    try {
      await writeEngineRecord(folder.record, record);
      await Promise.race([started.ended, aborted(stop)]);
    } finally {
      // Also of an engine that has ended by itself: it may have left tasks.
      await endEngine(record, folder.script, graceMs);
      clearInterval(looking);
      await started.closeLog();
    }
    await removeEngineRecord(folder.record);
    return await started.ended;
  }

  /** @throws DH_BACKEND_UNAVAILABLE if parts are missing because of the engine, not of the tasks */
  async function checkEnd(end: EngineEnd | undefined, progress: TaskProgress): Promise<void> {
    if (closing.signal.aborted || end === undefined) throw unavailable('is stopped with this service');
    if (end.kind === 'missing') throw unavailable('cannot be started: its command is not there, or may not be run');
    if (end.kind === 'signal') throw unavailable(`was ended by ${end.signal}`);
    if (end.code === EXIT_UNSUPPORTED) throw unavailable('does not support what the tasks ask for');
    if (!(await progress.hasBegun())) throw unavailable(`ended with exit code ${end.code} before it had begun a task`);
  }

  function unavailable(why: string): DeepHealthError {
    return new DeepHealthError('DH_BACKEND_UNAVAILABLE', `The engine of the backend "${name}" ${why}.`, {
      details: { backend: name },
    });
  }

  return {
    name,
    run(job, run) {
      const done = doTasks(job, run);
      const settled = done.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
      return done;
    },
    async close() {
      closing.abort();
      await Promise.all(running);
    },
  };
}

/** An engine of an earlier process, without an id that may be another process's by now. */
function identified({ mark, pid, startTime }: EngineRecord): EngineRecord {
  return pid === undefined || startTime === undefined ? { mark } : { mark, pid, startTime };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function recordOf(mark: string, pid: number | undefined): Promise<EngineRecord> {
  if (pid === undefined) return { mark };
  const startTime = await startTimeOf(pid);
  return { mark, pid, ...(startTime === undefined ? {} : { startTime }) };
}

async function writeFolder(folder: EngineFolder, job: ChunkJob, mark: string): Promise<void> {
  await rm(folder.work, { recursive: true, force: true });
  for (const path of [folder.work, folder.tasks, folder.parts]) await mkdir(path, { recursive: true });
  await Promise.all([
    writeFile(folder.workflow, taskWorkflow(job, folder.script)),
    writeFile(folder.job, taskJobOrder(job)),
    // It has the environment of the tasks in it.
    writeFile(folder.script, taskScript(job, folder.tasks, mark), { mode: 0o700 }),
  ]);
  // Of a file that was there already, the mode above is not taken.
  await chmod(folder.script, 0o700);
}
