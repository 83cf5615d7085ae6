import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signalName } from './slurm-state.js';

/** What the batch script wrote at the end of the latest attempt of a task. */
export interface TaskExit {
  readonly attempts: number;
  readonly exitCode: number;
  readonly signal?: string;
  /** It ran into `resources.timeLimitS`, which the script keeps to the second. */
  readonly isTimeout: boolean;
}

/** Exit file of a task of the array `jobName`; undefined where there is none, or one of another array. */
export async function readExitFile(
  attemptsFolder: string,
  chunk: string,
  jobName: string,
): Promise<TaskExit | undefined> {
  const text = await readFile(join(attemptsFolder, `${chunk}.exit`), 'latin1').catch(() => undefined);
  return text === undefined ? undefined : parseExitFile(text, jobName);
}

/** `<job name> <attempt> <code> <exit, signal or timeout>`, one line. */
export function parseExitFile(text: string, jobName: string): TaskExit | undefined {
  const [, name, attempt, code, cause] =
    /^(\S{1,200}) (\d{1,6}) (\d{1,3}) (exit|signal|timeout)\n$/.exec(text.slice(0, 300)) ?? [];
  if (name !== jobName || attempt === undefined || code === undefined) return undefined;
  const exitCode = Number(code);
  const signal = exitCode > 128 ? signalName(exitCode - 128) : undefined;
  return {
    ...{ attempts: Number(attempt), exitCode, isTimeout: cause === 'timeout' },
    ...(signal === undefined ? {} : { signal }),
  };
}
