import type { ChainResources } from '../bindings/processing-chain-binding.js';

/** One task of the scatter: a process that commits one part. */
export interface ChunkTask {
  /** `chunk-00000`. */
  readonly chunk: string;
  /** Program and arguments; ends with 0 when the part is committed. */
  readonly command: readonly string[];
}

export interface ChunkJob {
  readonly runId: string;
  /** Absolute; see RUN_FOLDER. Every task reads and writes below it. */
  readonly runFolder: string;
  /** Chunks without a committed part. */
  readonly tasks: readonly ChunkTask[];
  readonly resources: ChainResources;
  /** Environment of the tasks, all of it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How engines call the state of a task; Slurm's words, of which there is one for each way to end. */
export type TaskState =
  | 'PENDING'
  | 'CONFIGURING'
  | 'RUNNING'
  | 'SUSPENDED'
  | 'COMPLETED'
  | 'FAILED'
  | 'TIMEOUT'
  | 'OUT_OF_MEMORY'
  | 'CANCELLED'
  | 'NODE_FAIL'
  | 'BOOT_FAIL'
  | 'PREEMPTED';

export interface TaskUpdate {
  readonly chunk: string;
  readonly state: TaskState;
  /** How often it was begun, requeues included. */
  readonly attempts: number;
  readonly exitCode?: number;
  /** Name of the signal that ended it. */
  readonly signal?: string;
}

export interface BackendRun {
  /** What an earlier process saved for this run, if there was one: the job may still be there. */
  readonly handle?: string;
  /** Makes the handle durable; awaited before the backend counts on it. */
  saveHandle(handle: string): Promise<void>;
  /** Each change of a task, in order. */
  report(update: TaskUpdate): void;
  /** Ends all tasks; `run` resolves when none of them runs any more. */
  readonly signal: AbortSignal;
}

/** Where the tasks of a run are done. One for all runs of a service. */
export interface ChainBackend {
  /** Of the run record, such as `local` or `slurm`. */
  readonly name: string;
  /**
   * Does all tasks and resolves with the last state of each, when none is running.
   *
   * @throws DH_BACKEND_UNAVAILABLE where the engine cannot be asked: the run stays, and is tried again
   */
  run(job: ChunkJob, run: BackendRun): Promise<readonly TaskUpdate[]>;
  /** Ends what only lives with this process; tasks of engines that outlive it go on. */
  close(): Promise<void>;
}
