import { constants } from 'node:os';
import type { TaskState } from '../chain-backend.js';

/** Slurm's words (squeue, sacct, jobcomp and REST write the same) and what they are here. */
const STATES: Readonly<Record<string, TaskState>> = {
  PENDING: 'PENDING',
  REQUEUED: 'PENDING',
  REQUEUE_FED: 'PENDING',
  REQUEUE_HOLD: 'PENDING',
  SPECIAL_EXIT: 'PENDING',
  RESV_DEL_HOLD: 'PENDING',
  CONFIGURING: 'CONFIGURING',
  POWER_UP_NODE: 'CONFIGURING',
  RUNNING: 'RUNNING',
  // Its processes may still be there, and how it ended is said only afterwards.
  COMPLETING: 'RUNNING',
  RESIZING: 'RUNNING',
  SIGNALING: 'RUNNING',
  STAGE_OUT: 'RUNNING',
  SUSPENDED: 'SUSPENDED',
  STOPPED: 'SUSPENDED',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  TIMEOUT: 'TIMEOUT',
  // The time by which it had to be done, whether it was begun or not.
  DEADLINE: 'TIMEOUT',
  OUT_OF_MEMORY: 'OUT_OF_MEMORY',
  CANCELLED: 'CANCELLED',
  REVOKED: 'CANCELLED',
  NODE_FAIL: 'NODE_FAIL',
  BOOT_FAIL: 'BOOT_FAIL',
  LAUNCH_FAILED: 'BOOT_FAIL',
  PREEMPTED: 'PREEMPTED',
};

/** Slurm's mark, in the place of a signal, of a script that its daemon could not start. No system has it as a name. */
const LAUNCH_FAILED = 53;

/**
 * State of a task from Slurm's word, as `CANCELLED by 1000` or `CANCELLED+` too. A word that is not known is taken as
 * running: a newer Slurm's transient state does no harm, and nothing is ended by what is not understood.
 */
export function parseSlurmState(word: string): TaskState {
  const name = /^[A-Z_]+/.exec(word.trim().toUpperCase())?.[0] ?? '';
  return Object.hasOwn(STATES, name) ? (STATES[name] as TaskState) : 'RUNNING';
}

export interface SlurmEnd {
  readonly exitCode?: number;
  readonly signal?: string;
  /** The script was never started. */
  readonly isLaunchFailure?: true;
}

/** How a task ended, from `3:0` (code and signal), or from the status of wait(2) as one number. */
export function parseSlurmEnd(text: string): SlurmEnd | undefined {
  const pair = /^(\d{1,3}):(\d{1,3})$/.exec(text.trim());
  if (pair !== null) return endOf(Number(pair[1]), Number(pair[2]));
  if (!/^\d{1,10}$/.test(text.trim())) return undefined;
  const status = Number(text);
  return endOf((status >> 8) & 0xff, status & 0x7f);
}

function endOf(code: number, signal: number): SlurmEnd {
  if (signal === LAUNCH_FAILED) return { isLaunchFailure: true };
  const name = signalName(signal);
  if (name !== undefined) return { signal: name, exitCode: 128 + signal };
  // A shell says so of a command that a signal ended.
  const ofCommand = code > 128 ? signalName(code - 128) : undefined;
  return ofCommand === undefined ? { exitCode: code } : { exitCode: code, signal: ofCommand };
}

/** `SIGTERM` of 15; undefined of what is no signal's number. */
export function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** State and end together, where they contradict each other put right. */
export function slurmOutcome(word: string, end: string): { state: TaskState; exitCode?: number; signal?: string } {
  const state = parseSlurmState(word);
  if (['PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED'].includes(state)) return { state };
  const { isLaunchFailure, ...rest } = parseSlurmEnd(end) ?? {};
  if (isLaunchFailure && state === 'FAILED') return { state: 'BOOT_FAIL' };
  return { state, ...rest };
}
