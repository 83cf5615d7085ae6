import type { ErrorCode } from '@deephealth/sdk';
import type { RunState } from '../runs/run-record.js';
import type { TaskState, TaskUpdate } from './chain-backend.js';

const RUN_STATES: Readonly<Record<TaskState, RunState>> = {
  PENDING: 'QUEUED',
  CONFIGURING: 'INITIALIZING',
  RUNNING: 'RUNNING',
  SUSPENDED: 'PAUSED',
  COMPLETED: 'COMPLETE',
  FAILED: 'EXECUTOR_ERROR',
  TIMEOUT: 'EXECUTOR_ERROR',
  OUT_OF_MEMORY: 'EXECUTOR_ERROR',
  CANCELLED: 'CANCELED',
  NODE_FAIL: 'SYSTEM_ERROR',
  BOOT_FAIL: 'SYSTEM_ERROR',
  PREEMPTED: 'PREEMPTED',
};

/** What a task's end tells the caller of the run. */
export interface TaskFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The state of GA4GH WES 1.1 that a task is in. */
export function runStateOf(update: TaskUpdate): RunState {
  return RUN_STATES[update.state];
}

/** Whether a task in this state has ended: every other state may still change. */
export function hasEnded(state: TaskState): boolean {
  return !['PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED'].includes(state);
}

/** Code of the catalogue and a sentence, of a task that ended without its part; of every other, undefined. */
export function failureOf(update: TaskUpdate): TaskFailure | undefined {
  const { chunk, state, attempts } = update;
  const where = attempts > 1 ? `${chunk}, in attempt ${attempts},` : chunk;
  switch (state) {
    case 'FAILED':
      return { code: 'DH_CHUNK_FAILED', message: `${where} ended ${causeOf(update)} and without its part.` };
    case 'TIMEOUT':
      return { code: 'DH_CHUNK_TIMEOUT', message: `${where} took longer than resources.timeLimitS allows.` };
    case 'OUT_OF_MEMORY':
      return { code: 'DH_CHUNK_OUT_OF_MEMORY', message: `${where} needed more memory than resources.ramMiB allows.` };
    case 'CANCELLED':
      return { code: 'DH_RUN_CANCELED', message: `${where} was cancelled before it ended.` };
    case 'NODE_FAIL':
      return { code: 'DH_BACKEND_NODE_FAILED', message: `The machine of ${where} failed.` };
    case 'BOOT_FAIL':
      return { code: 'DH_BACKEND_NODE_FAILED', message: `The machine of ${where} did not start.` };
    case 'PREEMPTED':
      // The engine's machine was there, and is another's: what the caller does about it is the same.
      return {
        code: 'DH_BACKEND_NODE_FAILED',
        message: `${where} had to make way for other work, and was not resumed.`,
      };
    default:
      return undefined;
  }
}

function causeOf({ exitCode, signal }: TaskUpdate): string {
  if (signal !== undefined) return `by ${signal}`;
  return exitCode === undefined ? 'with an unknown exit code' : `with exit code ${exitCode}`;
}
