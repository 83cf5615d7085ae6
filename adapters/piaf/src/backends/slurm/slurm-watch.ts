import type { SlurmCommands, SlurmTaskReport } from './slurm-commands.js';

const LONGEST_WAIT_MS = 60_000;
/** Between two questions of a run that is being cancelled. */
const URGENT_WAIT_MS = 1000;

/** Asks Slurm for all runs at once, at most once an interval, however many runs there are. */
export interface SlurmWatch {
  /**
   * What the next question brings of these arrays; undefined where Slurm did not answer, after which it is asked less
   * and less often.
   */
  next(jobIds: readonly string[], isUrgent?: boolean): Promise<readonly SlurmTaskReport[] | undefined>;
  close(): void;
}

interface Waiter {
  readonly jobIds: readonly string[];
  readonly resolve: (reports: readonly SlurmTaskReport[] | undefined) => void;
}

export function createSlurmWatch(
  commands: Pick<SlurmCommands, 'query'>,
  { pollIntervalMs, log }: { readonly pollIntervalMs: number; readonly log: (line: string) => void },
): SlurmWatch {
  let waiters: Waiter[] = [];
  let failures = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  let timer: { readonly at: number; readonly id: NodeJS.Timeout } | undefined;

  const schedule = (isUrgent: boolean) => {
    if (isAsking || waiters.length === 0) return;
    const regular = backoffMs(pollIntervalMs, failures);
    const at = askedAt + (isUrgent ? Math.min(regular, URGENT_WAIT_MS) : regular);
    if (timer !== undefined && timer.at <= at) return;
    if (timer !== undefined) clearTimeout(timer.id);
    timer = { at, id: setTimeout(ask, Math.max(0, at - performance.now())) };
  };
  const ask = async () => {
    timer = undefined;
    isAsking = true;
    const asked = waiters;
    waiters = [];
    const reports = await commands.query([...new Set(asked.flatMap(({ jobIds }) => jobIds))]).catch(() => undefined);
    askedAt = performance.now();
    isAsking = false;
    if (reports === undefined) {
      if (failures === 0) log('Slurm does not answer; its tasks go on, and it is asked again.');
      failures += 1;
    } else {
      if (failures > 0) log('Slurm answers again.');
      failures = 0;
    }
    for (const { jobIds, resolve } of asked) resolve(reports?.filter(({ jobId }) => jobIds.includes(jobId)));
    schedule(false);
  };

  return {
    next(jobIds, isUrgent = false) {
      return new Promise((resolve) => {
        waiters.push({ jobIds, resolve });
        schedule(isUrgent);
      });
    },
    close() {
      if (timer !== undefined) clearTimeout(timer.id);
      timer = undefined;
      for (const { resolve } of waiters) resolve(undefined);
      waiters = [];
    },
  };
}

/** Wait after so many failures in a row: doubled each time, up to a minute. */
export function backoffMs(intervalMs: number, failures: number): number {
  return Math.min(intervalMs * 2 ** Math.min(failures, 16), Math.max(intervalMs, LONGEST_WAIT_MS));
}
