import type { SlurmTaskReport } from './slurm-commands.js';
import { slurmOutcome } from './slurm-state.js';

/**
 * Columns that are asked for, in this order. Fixed widths, since nothing that Slurm prints separates columns safely;
 * the reason is last, as it is the only one with blanks in it.
 */
export const SQUEUE_FORMAT = 'ArrayJobID:20,ArrayTaskID:20,State:30,exit_code:20,RestartCnt:20,Reason:120';

/** Reports of `squeue -h -r -O SQUEUE_FORMAT`. Lines that are none, of jobs that are no arrays too, are left out. */
export function parseSqueue(output: string): SlurmTaskReport[] {
  return output.split('\n').flatMap((line) => {
    const [, jobId, index, word, end, restarts, reason] =
      /^(\d{1,10}) +(\d{1,9}) +([A-Z_]{1,29}) +([\d:]{1,19}) +(\d{1,9})(?: +(\S.*?))? *$/.exec(line) ?? [];
    if (jobId === undefined || index === undefined || word === undefined || end === undefined) return [];
    const why = reason === undefined || reason === 'None' ? {} : { reason };
    return [{ jobId, index: Number(index), ...slurmOutcome(word, end), restarts: Number(restarts), ...why }];
  });
}

/** Columns by which arrays are found by name. */
export const SQUEUE_NAMES_FORMAT = 'ArrayJobID:20,Name:200';

/** Array ids by job name, of `squeue -h -O SQUEUE_NAMES_FORMAT`. */
export function parseSqueueNames(output: string, wanted: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, jobId, name] = /^(\d{1,10}) +(\S+) *$/.exec(line) ?? [];
    if (jobId !== undefined && name !== undefined && wanted.includes(name)) found.set(name, jobId);
  }
  return found;
}
