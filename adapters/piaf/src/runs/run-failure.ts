import { readFile } from 'node:fs/promises';
import { ERROR_CATALOG, type ErrorCode, isErrorCode } from '@deephealth/sdk';
import type { TaskUpdate } from '../backends/chain-backend.js';
import { failureOf, runStateOf } from '../backends/task-outcome.js';
import type { RunState } from './run-record.js';

/** Why a run ended otherwise than complete, in the words of the catalogue. */
export interface RunFailure {
  readonly state: RunState;
  readonly code: ErrorCode;
  readonly message: string;
}

const LONGEST_MESSAGE = 2000;

/** What a step wrote of its failure; undefined where it could not, as when it was killed. */
export async function readAttempt(path: string): Promise<{ code: ErrorCode; message: string } | undefined> {
  try {
    const { code, message } = JSON.parse(await readFile(path, 'utf8')) as { code?: unknown; message?: unknown };
    if (typeof code !== 'string' || !isErrorCode(code) || typeof message !== 'string') return undefined;
    return { code, message: message.slice(0, LONGEST_MESSAGE) };
  } catch {
    return undefined;
  }
}

/**
 * What a run ends as by a code: EXECUTOR_ERROR where the request or the model is the reason, or a task that ended
 * without a word; SYSTEM_ERROR for faults of ours, and of what carries or keeps the bytes: the same request may be
 * sent again.
 */
export function stateOfCode(code: ErrorCode): RunState {
  if (code === 'DH_CHUNK_FAILED') return 'EXECUTOR_ERROR';
  // Of a package that was changed where it lies.
  if (code === 'DH_FILE_DIGEST_MISMATCH') return 'SYSTEM_ERROR';
  const { source } = ERROR_CATALOG[code];
  return source === 'platform' || source === 'runtime' ? 'SYSTEM_ERROR' : 'EXECUTOR_ERROR';
}

/** How a task ended, by what it wrote if it ended by itself, else by what its engine says. */
export function failureOfTask(
  update: TaskUpdate,
  attempt: { readonly code: ErrorCode; readonly message: string } | undefined,
): RunFailure {
  if (update.state === 'FAILED' && attempt !== undefined) return { state: stateOfCode(attempt.code), ...attempt };
  const { code, message } = failureOf(update) ?? {
    code: 'DH_CHUNK_FAILED' as const,
    message: `${update.chunk} ended without its part.`,
  };
  const state = runStateOf(update);
  return { state: state === 'COMPLETE' ? 'SYSTEM_ERROR' : state, code, message };
}

/**
 * Whether the same task may end otherwise when it is begun anew: it was killed, its machine failed, or it says so
 * itself.
 */
export function mayEndOtherwise(
  update: TaskUpdate,
  attempt: { readonly code: ErrorCode; readonly message: string } | undefined,
): boolean {
  if (update.state === 'NODE_FAIL' || update.state === 'BOOT_FAIL') return true;
  if (update.state === 'COMPLETED') return true;
  if (update.state !== 'FAILED') return false;
  return attempt === undefined ? update.signal !== undefined : ERROR_CATALOG[attempt.code].retryable;
}
