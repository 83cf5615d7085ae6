import type { SlurmTaskReport } from './slurm-commands.js';
import { slurmOutcome } from './slurm-state.js';

/** Columns of `sacct -n -P -X`. */
export const SACCT_FORMAT = 'JobID,State,ExitCode';

/** Reports of sacct; lines of arrays that have not begun (`7_[0-3]`) and of steps are left out. */
export function parseSacct(output: string): SlurmTaskReport[] {
  return output.split('\n').flatMap((line) => {
    const [, jobId, index, word, end] = /^(\d{1,10})_(\d{1,9})\|([^|]*)\|([^|]*)\|?$/.exec(line.trimEnd()) ?? [];
    if (jobId === undefined || word === undefined || end === undefined) return [];
    return [{ jobId, index: Number(index), ...slurmOutcome(word, end) }];
  });
}

/** Array ids by job name, of `sacct -n -P -X --format=JobID,JobName`. */
export function parseSacctNames(output: string, wanted: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, jobId, name] = /^(\d{1,10})_[^|]*\|([^|]*)\|?$/.exec(line.trimEnd()) ?? [];
    if (jobId !== undefined && name !== undefined && wanted.includes(name)) found.set(name, jobId);
  }
  return found;
}

/**
 * Reports of the file of jobcomp/filetxt, of the arrays asked for. A task that was begun anew has several lines, of
 * which the last counts. Names and folders of other users' jobs stand in the file as they are, so that a line counts
 * only where it begins as Slurm's lines do.
 */
export function parseJobCompletion(text: string, jobIds: readonly string[]): SlurmTaskReport[] {
  const reports = new Map<string, SlurmTaskReport>();
  for (const line of text.split('\n')) {
    if (!/^JobId=\d+ UserId=/.test(line)) continue;
    // The last of each: what stands before it may be of the user's choice.
    const [, jobId, index] = / ArrayJobId=(\d+) ArrayTaskId=(\d+) (?!.* ArrayJobId=)/.exec(line) ?? [];
    const [, word] = / JobState=([A-Z_]+) /.exec(line) ?? [];
    const [, end] = / ExitCode=(\d+:\d+) *$/.exec(line) ?? [];
    if (jobId === undefined || index === undefined || word === undefined || end === undefined) continue;
    if (!jobIds.includes(jobId)) continue;
    reports.set(`${jobId}_${index}`, { jobId, index: Number(index), ...slurmOutcome(word, end) });
  }
  return [...reports.values()];
}
