import type { TaskState } from '../chain-backend.js';

/** An array of tasks as it is handed to Slurm. */
export interface SlurmSubmission {
  /** Of this submission alone: what it is found by when nobody knows whether Slurm took it. */
  readonly jobName: string;
  readonly comment: string;
  /** The batch script, all of it. */
  readonly script: string;
  /** Tasks of the array have the indices 0 to count - 1. */
  readonly count: number;
  /** How many tasks of the array run at once. Default as many as there is room for. */
  readonly atOnce?: number;
  readonly cores: number;
  readonly ramMiB: number;
  readonly gpus: number;
  readonly scratchMiB?: number;
  readonly timeLimitMinutes: number;
  readonly requeue: boolean;
}

/** What Slurm, or a record that it left, says of one task of an array. */
export interface SlurmTaskReport {
  /** Of the array. */
  readonly jobId: string;
  readonly index: number;
  readonly state: TaskState;
  /** How often it was begun anew; absent where the source does not say. */
  readonly restarts?: number;
  readonly exitCode?: number;
  /** Name, such as `SIGKILL`. */
  readonly signal?: string;
  /** Why it waits or ended, in Slurm's word. */
  readonly reason?: string;
}

export interface SlurmLimits {
  /** ClusterName of slurm.conf. */
  readonly cluster: string;
  /** Most tasks of an array. */
  readonly maxArraySize: number;
}

/**
 * How Slurm is spoken to: by its commands, or by another of its interfaces. All reject with DH_BACKEND_UNAVAILABLE;
 * the detail `reason` is `refused` where Slurm answered and did not take it, else nobody knows whether it did.
 */
export interface SlurmCommands {
  limits(): Promise<SlurmLimits>;
  /** Resolves with the id of the array. */
  submit(submission: SlurmSubmission): Promise<string>;
  /** Tasks of these arrays that the controller knows, ended ones among them while it remembers them. */
  query(jobIds: readonly string[]): Promise<readonly SlurmTaskReport[]>;
  /** Ids of arrays by their names, from the controller or from accounting; names that neither knows are left out. */
  find(jobNames: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The same as `query` of ended tasks that the controller has forgotten; empty where nothing is kept of them. */
  history(jobIds: readonly string[]): Promise<readonly SlurmTaskReport[]>;
  cancel(jobIds: readonly string[]): Promise<void>;
}
