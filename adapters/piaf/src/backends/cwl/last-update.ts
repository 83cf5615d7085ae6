import { constants } from 'node:os';
import type { TaskUpdate } from '../chain-backend.js';
import type { TaskMarks } from './task-marks.js';

/** A shell's exit code of a process that signal 1 ended is one more than this. */
const ENDED_BY_SIGNAL = 128;

/** An engine counts from before the task leaves its first mark; on a busy machine that is a while. */
const HEAD_START_MS = 500;

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

export interface LastUpdateContext {
  readonly isAborted: boolean;
  /** By the engine that has ended now. */
  readonly wasBegun: boolean;
  readonly timeLimitS: number;
}

/** The last state of a task whose engine has ended, from what the task has left. */
export function lastUpdate(
  chunk: string,
  marks: TaskMarks,
  { isAborted, wasBegun, timeLimitS }: LastUpdateContext,
): TaskUpdate {
  const { hasPart, attempts, exitCode, lastedMs } = marks;
  const signal = exitCode === undefined ? undefined : SIGNALS.get(exitCode - ENDED_BY_SIGNAL);
  const how = signal !== undefined ? { signal } : exitCode !== undefined ? { exitCode } : {};
  const ended = (state: TaskUpdate['state']): TaskUpdate => ({ chunk, state, attempts, ...how });
  if (hasPart) return { chunk, state: 'COMPLETED', attempts, exitCode: 0 };
  // An engine that stops after the failure of one task never begins the others.
  if (isAborted || !wasBegun) return ended('CANCELLED');
  const wasEnded = exitCode === undefined || signal === 'SIGTERM' || signal === 'SIGKILL' || signal === 'SIGINT';
  if (wasEnded && lastedMs >= timeLimitS * 1000 - HEAD_START_MS) return ended('TIMEOUT');
  // It left no word of its end, so its machine, or all of it at once, was gone.
  return ended(exitCode === undefined ? 'NODE_FAIL' : 'FAILED');
}
