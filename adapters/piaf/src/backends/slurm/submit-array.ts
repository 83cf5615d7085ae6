import { randomBytes } from 'node:crypto';
import { DeepHealthError } from '@deephealth/sdk';
import { hasEnded } from '../task-outcome.js';
import type { ArrayFiles } from './array-files.js';
import type { SlurmCommands } from './slurm-commands.js';
import type { SlurmArray } from './slurm-handle.js';
import { backoffMs } from './slurm-watch.js';

export interface ArraySubmission {
  readonly runId: string;
  readonly chunks: readonly string[];
  readonly commands: SlurmCommands;
  readonly files: ArrayFiles;
  /** Hands an array of this name to Slurm; gives its id. */
  submit(jobName: string): Promise<string>;
  /** Makes it durable in the place of what was known of this array; awaited before it is counted on. */
  save(array: SlurmArray): Promise<void>;
  readonly signal: AbortSignal;
  readonly pollIntervalMs: number;
  readonly unavailableAfterMs: number;
  /** Resolves after the time, or when the backend is closed or the run cancelled. */
  pause(milliseconds: number): Promise<void>;
}

/** A name that no other submission has. */
export const newJobName = (runId: string) => `dh-${runId}-${randomBytes(6).toString('hex')}`;

/**
 * Brings an array to Slurm exactly once, whatever is cut off in between. Its name is durable before sbatch is begun.
 * Where nobody knows whether it was taken (we were killed, or sbatch ended without an answer), it is looked for by its
 * name. Where it is not found it is given up first, so that it does nothing should it still arrive, then looked for
 * once more, and only then is another one submitted.
 *
 * @param known what is durable of it; the array may have been taken where `isOld`
 * @throws DH_BACKEND_UNAVAILABLE where Slurm refuses it, or cannot be asked for `unavailableAfterMs`
 */
export async function submitArray(known: SlurmArray, isOld: boolean, submission: ArraySubmission): Promise<SlurmArray> {
  const { runId, chunks, commands, files, save, signal } = submission;
  let array = known;
  let mayBeTaken = isOld;
  const patience = createPatience(submission);
  const begun = performance.now();
  let lost = 0;
  while (array.jobId === undefined && array.isForgotten !== true) {
    if (mayBeTaken) {
      const name = array.jobName;
      const find = () => patience(async () => (await commands.find([name])).get(name));
      const jobId = await find();
      if (jobId !== undefined) {
        array = { ...array, jobId };
      } else if (await files.wasBegun(name, chunks)) {
        array = { ...array, isForgotten: true };
      } else {
        await files.giveUp(name);
        const late = await find();
        if (late !== undefined) await end(late, submission, patience);
        array = { jobName: newJobName(runId) };
        await files.prepare(array.jobName, chunks);
        mayBeTaken = false;
      }
      await save(array);
    } else if (signal.aborted) {
      return array;
    } else {
      mayBeTaken = true;
      const jobId = await submission.submit(array.jobName).catch((error: unknown) => {
        if (isRefusal(error) || performance.now() - begun > submission.unavailableAfterMs) throw error;
        return undefined;
      });
      if (jobId === undefined) {
        await submission.pause(backoffMs(submission.pollIntervalMs, lost++));
        continue;
      }
      array = { ...array, jobId, submittedAt: new Date().toISOString() };
      await save(array);
    }
  }
  return array;
}

/** Whether Slurm answered, and did not take it. */
export function isRefusal(error: unknown): boolean {
  return (
    !(error instanceof DeepHealthError) || error.details.reason === 'refused' || error.code !== 'DH_BACKEND_UNAVAILABLE'
  );
}

type Patience = <T>(ask: () => T | Promise<T>) => Promise<T>;

/** Asks until there is an answer, less and less often; gives up where there has been none for too long. */
export function createPatience(
  options: Pick<ArraySubmission, 'pollIntervalMs' | 'unavailableAfterMs' | 'pause'>,
): Patience {
  return async (ask) => {
    const begun = performance.now();
    for (let failures = 0; ; failures++) {
      try {
        return await ask();
      } catch (error) {
        if (isRefusal(error) || performance.now() - begun > options.unavailableAfterMs) throw error;
      }
      await options.pause(backoffMs(options.pollIntervalMs, failures));
    }
  };
}

/** Ends an array that arrived late, and waits until nothing of it runs. */
async function end(jobId: string, { commands, pause, pollIntervalMs }: ArraySubmission, patience: Patience) {
  for (;;) {
    await patience(() => commands.cancel([jobId]));
    const left = await patience(() => commands.query([jobId]));
    if (left.every(({ state }) => hasEnded(state))) return;
    await pause(pollIntervalMs);
  }
}
