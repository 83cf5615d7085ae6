import { describe, expect, it } from 'vitest';
import { parseSlurmEnd, parseSlurmState, slurmOutcome } from './slurm-state.js';

describe("Slurm's words for states", () => {
  it.each([
    ['PENDING', 'PENDING'],
    ['REQUEUED', 'PENDING'],
    ['REQUEUE_HOLD', 'PENDING'],
    ['SPECIAL_EXIT', 'PENDING'],
    ['CONFIGURING', 'CONFIGURING'],
    ['RUNNING', 'RUNNING'],
    ['COMPLETING', 'RUNNING'],
    ['SUSPENDED', 'SUSPENDED'],
    ['COMPLETED', 'COMPLETED'],
    ['FAILED', 'FAILED'],
    ['TIMEOUT', 'TIMEOUT'],
    ['DEADLINE', 'TIMEOUT'],
    ['OUT_OF_MEMORY', 'OUT_OF_MEMORY'],
    ['CANCELLED', 'CANCELLED'],
    ['CANCELLED by 1000', 'CANCELLED'],
    ['CANCELLED+', 'CANCELLED'],
    ['NODE_FAIL', 'NODE_FAIL'],
    ['BOOT_FAIL', 'BOOT_FAIL'],
    ['PREEMPTED', 'PREEMPTED'],
    ['A_STATE_OF_A_LATER_SLURM', 'RUNNING'],
    ['', 'RUNNING'],
    ['constructor', 'RUNNING'],
  ])('%s is %s', (word, state) => {
    expect(parseSlurmState(word)).toBe(state);
  });

  it.each([
    ['0:0', { exitCode: 0 }],
    ['3:0', { exitCode: 3 }],
    ['0:9', { exitCode: 137, signal: 'SIGKILL' }],
    ['137:0', { exitCode: 137, signal: 'SIGKILL' }],
    ['0:53', { isLaunchFailure: true }],
    // Of wait(2): exit code in the second byte, signal in the first.
    ['768', { exitCode: 3 }],
    ['9', { exitCode: 137, signal: 'SIGKILL' }],
    ['4021', { isLaunchFailure: true }],
    ['', undefined],
    ['3:', undefined],
    ['-1', undefined],
    ['99999999999', undefined],
  ])('the end %s is %o', (text, end) => {
    expect(parseSlurmEnd(text)).toEqual(end);
  });

  it('a script that was never started is a fault of the node, no exit code of the task', () => {
    expect(slurmOutcome('FAILED', '0:53')).toEqual({ state: 'BOOT_FAIL' });
    expect(slurmOutcome('FAILED', '15:53')).toEqual({ state: 'BOOT_FAIL' });
  });

  it('what has not ended has no exit code', () => {
    expect(slurmOutcome('RUNNING', '0:0')).toEqual({ state: 'RUNNING' });
    expect(slurmOutcome('REQUEUED', '0:9')).toEqual({ state: 'PENDING' });
  });
});
