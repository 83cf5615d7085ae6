import { randomUUID } from 'node:crypto';
import { DeepHealthError, JobRegister, type JobState } from '@deephealth/sdk';
import { toPlatformError } from '../errors.js';
import type { ImageOutput } from './output.js';

type Outputs = readonly ImageOutput[];
type Progress = (done: number, all: number) => void;

/** Inferences under way and done, each the caller's alone who began it. */
export class Processes {
  readonly #jobs: JobRegister<Outputs>;
  readonly #progress = new Map<string, { readonly done: number; readonly all: number }>();

  constructor(onError: (thrown: unknown) => void) {
    this.#jobs = new JobRegister<Outputs>({ maxRunning: 64, onError });
  }

  /** Begins one and gives its id, which nobody can guess. @throws DH_QUEUE_FULL */
  start(owner: string, run: (signal: AbortSignal, onDone: Progress) => Promise<Outputs>): string {
    const id = randomUUID();
    const onDone: Progress = (done, all) => this.#progress.set(id, { done, all });
    this.#jobs.start({ id, owner, run: (signal) => run(signal, onDone).finally(() => this.#progress.delete(id)) });
    return id;
  }

  /** As the toolkit words it, the error by name beside FAILURE. @throws DH_RUN_NOT_FOUND */
  status(id: string, owner: string) {
    const job = this.#find(id, owner);
    const progress = this.#progress.get(id);
    const data =
      job.state === 'failed' ? { error: toPlatformError(job.error) } : progress === undefined ? {} : { progress };
    return { process_type: 'inference', process_status: STATUS[job.state], process_data: data };
  }

  /** @throws DH_RUN_NOT_FOUND, DH_RUN_NOT_COMPLETE while it runs, and what the inference itself was refused with */
  output(id: string, owner: string): Outputs {
    const job = this.#find(id, owner);
    if (job.state === 'done') return job.result;
    if (job.state === 'failed') throw job.error;
    if (job.state === 'cancelled') throw new DeepHealthError('DH_RUN_CANCELED', 'The process was stopped.');
    throw new DeepHealthError('DH_RUN_NOT_COMPLETE', 'The process is in execution.');
  }

  /** @throws DH_RUN_NOT_FOUND */
  stop(id: string, owner: string): void {
    this.#find(id, owner);
    this.#jobs.cancel(id, owner);
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }

  #find(id: string, owner: string): JobState<Outputs> {
    const job = this.#jobs.state(id, owner);
    if (job !== undefined) return job;
    throw new DeepHealthError('DH_RUN_NOT_FOUND', 'There is no such process, or it is not one of this caller.');
  }
}

const STATUS = { running: 'STARTED', done: 'SUCCESS', failed: 'FAILURE', cancelled: 'REVOKED' } as const;
