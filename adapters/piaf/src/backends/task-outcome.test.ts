import { isErrorCode } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { FINAL_STATES } from '../runs/run-record.js';
import type { TaskState, TaskUpdate } from './chain-backend.js';
import { failureOf, hasEnded, runStateOf } from './task-outcome.js';

const update = (state: TaskState, more: Partial<TaskUpdate> = {}): TaskUpdate => ({
  chunk: 'chunk-00003',
  state,
  attempts: 1,
  ...more,
});

const EXPECTED: readonly (readonly [TaskState, string, string | undefined])[] = [
  ['PENDING', 'QUEUED', undefined],
  ['CONFIGURING', 'INITIALIZING', undefined],
  ['RUNNING', 'RUNNING', undefined],
  ['SUSPENDED', 'PAUSED', undefined],
  ['COMPLETED', 'COMPLETE', undefined],
  ['FAILED', 'EXECUTOR_ERROR', 'DH_CHUNK_FAILED'],
  ['TIMEOUT', 'EXECUTOR_ERROR', 'DH_CHUNK_TIMEOUT'],
  ['OUT_OF_MEMORY', 'EXECUTOR_ERROR', 'DH_CHUNK_OUT_OF_MEMORY'],
  ['CANCELLED', 'CANCELED', 'DH_RUN_CANCELED'],
  ['NODE_FAIL', 'SYSTEM_ERROR', 'DH_BACKEND_NODE_FAILED'],
  ['BOOT_FAIL', 'SYSTEM_ERROR', 'DH_BACKEND_NODE_FAILED'],
  ['PREEMPTED', 'PREEMPTED', 'DH_BACKEND_NODE_FAILED'],
];

describe('the outcome of a task', () => {
  it.each(EXPECTED)('%s is %s to the caller, with %s', (state, runState, code) => {
    const failure = failureOf(update(state));
    expect(runStateOf(update(state))).toBe(runState);
    expect(failure?.code).toBe(code);
    if (failure !== undefined) {
      expect(isErrorCode(failure.code)).toBe(true);
      expect(failure.message).toContain('chunk-00003');
    }
  });

  it.each(EXPECTED)('%s has ended exactly where %s is a final state', (state, runState) => {
    expect(hasEnded(state)).toBe((FINAL_STATES as readonly string[]).includes(runState));
  });

  it('names the exit code, or the signal, and the attempt', () => {
    expect(failureOf(update('FAILED', { exitCode: 3 }))?.message).toContain('exit code 3');
    expect(failureOf(update('FAILED', { signal: 'SIGKILL', exitCode: 137 }))?.message).toContain('SIGKILL');
    expect(failureOf(update('FAILED'))?.message).toContain('unknown exit code');
    expect(failureOf(update('TIMEOUT', { attempts: 2 }))?.message).toContain('attempt 2');
  });
});
