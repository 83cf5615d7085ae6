import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { TaskState, TaskUpdate } from '../backends/chain-backend.js';
import { failureOfTask, mayEndOtherwise, readAttempt, stateOfCode } from './run-failure.js';

/** All codes of SYSTEM_ERROR; every other one says something of the request, the model or its own task. */
const SYSTEM_ERRORS = {
  'what carries the bytes, or a system behind us': [
    ...['DH_CHAIN_INPUT_CHANGED', 'DH_CONNECT_FAILED', 'DH_RESPONSE_INVALID', 'DH_CONTRACT_VERSION_UNSUPPORTED'],
    ...['DH_REMOTE_UNAVAILABLE', 'DH_REMOTE_FAILED', 'DH_REMOTE_MISMATCH'],
    ...['DH_PLATFORM_UNREACHABLE', 'DH_PLATFORM_UNAUTHENTICATED', 'DH_PLATFORM_REFUSED', 'DH_PLATFORM_CONFLICT'],
    ...['DH_CDS_DATA_MISSING', 'DH_CDS_PATIENT_MISMATCH', 'DH_CDS_OVERLOADED', 'DH_CDS_SERVICE_OFF'],
  ],
  'the engine of the tasks': ['DH_BACKEND_UNAVAILABLE', 'DH_BACKEND_NODE_FAILED'],
  'the store, the disk, and packages that were changed': [
    ...['DH_RUN_STORE_INVALID', 'DH_OUTPUT_NOT_WRITTEN', 'DH_FILE_DIGEST_MISMATCH', 'DH_RESULT_DIFFERS'],
    ...['DH_STORE_UNREADABLE', 'DH_RUN_STATE_CORRUPT', 'DH_RULES_JOURNAL_INVALID'],
  ],
  'the runtime and its load': [
    ...['DH_MODEL_NOT_READY', 'DH_MODEL_HOST_LOST', 'DH_QUEUE_FULL', 'DH_SERVER_STOPPING'],
    ...['DH_SEQUENCE_LOST', 'DH_SEQUENCE_LIMIT', 'DH_SHARED_MEMORY_DISABLED'],
  ],
  'how the operator set it up': [
    ...['DH_CONFIG_INVALID', 'DH_REMOTE_NOT_CONFIGURED', 'DH_INSECURE_BIND_REFUSED', 'DH_PORT_IN_USE'],
    ...['DH_SLIDE_READER_MISSING', 'DH_TRUST_STORE_INVALID', 'DH_ISOLATION_UNAVAILABLE'],
  ],
  // Whoever released the model may send the run again.
  'a model that was stopped, and what keeps that': [
    ...['DH_MODEL_SUSPENDED', 'DH_CONTROL_STATE_INVALID', 'DH_CONTROL_STATE_NOT_WRITTEN'],
  ],
  'the audit': [...['DH_AUDIT_UNAVAILABLE', 'DH_AUDIT_LOCKED', 'DH_AUDIT_UNREADABLE', 'DH_AUDIT_REPLAY_IMPOSSIBLE']],
  'our own software': ['DH_INTERNAL'],
};

const update = (state: TaskState, more: Partial<TaskUpdate> = {}): TaskUpdate => ({
  ...{ chunk: 'chunk-00003', state, attempts: 1 },
  ...more,
});

describe('what a run ends as by a code', () => {
  it('is a fault of the system for these codes of the catalogue, and of what was asked for all others', () => {
    const found = (Object.keys(ERROR_CATALOG) as ErrorCode[]).filter((code) => stateOfCode(code) === 'SYSTEM_ERROR');
    expect(found.sort()).toEqual(Object.values(SYSTEM_ERRORS).flat().sort());
  });
});

describe('why a task failed', () => {
  it('is what it wrote where it ended by itself, else what its engine says', () => {
    const attempt = { code: 'DH_VALUE_OUT_OF_RANGE', message: 'item-000002: No.' } as const;
    expect(failureOfTask(update('FAILED', { exitCode: 1 }), attempt)).toEqual({ state: 'EXECUTOR_ERROR', ...attempt });
    expect(failureOfTask(update('TIMEOUT'), attempt).code).toBe('DH_CHUNK_TIMEOUT');
    expect(failureOfTask(update('FAILED', { exitCode: 3 }), undefined)).toMatchObject({
      ...{ state: 'EXECUTOR_ERROR', code: 'DH_CHUNK_FAILED' },
    });
    // Whoever says it is done and has no part has a fault of its own.
    expect(failureOfTask(update('COMPLETED'), undefined).state).toBe('SYSTEM_ERROR');
  });

  it.each([
    [update('NODE_FAIL'), undefined, true],
    [update('BOOT_FAIL'), undefined, true],
    [update('COMPLETED'), undefined, true],
    [update('FAILED', { signal: 'SIGKILL' }), undefined, true],
    [update('FAILED', { exitCode: 3 }), undefined, false],
    [update('FAILED', { exitCode: 1 }), { code: 'DH_QUEUE_FULL', message: '' } as const, true],
    [update('FAILED', { exitCode: 1 }), { code: 'DH_VALUE_OUT_OF_RANGE', message: '' } as const, false],
    [update('TIMEOUT'), undefined, false],
    [update('OUT_OF_MEMORY'), undefined, false],
    [update('CANCELLED'), undefined, false],
    [update('PREEMPTED'), undefined, false],
  ])('%j, having said %j, may end otherwise: %s', (ended, attempt, expected) => {
    expect(mayEndOtherwise(ended, attempt)).toBe(expected);
  });

  it('is read of what a task wrote, if it is that', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'deephealth-attempt-'));
    const path = join(folder, 'a.json');
    const reading = (text: string) => {
      writeFileSync(path, text);
      return readAttempt(path);
    };
    expect(await reading('{"code":"DH_INTERNAL","message":"x"}')).toEqual({ code: 'DH_INTERNAL', message: 'x' });
    const long = await reading(JSON.stringify({ code: 'DH_INTERNAL', message: 'x'.repeat(10_000) }));
    expect(long?.message).toHaveLength(2000);
    for (const text of ['', '{', 'null', '[]', '{"code":"DH_NONE","message":"x"}', '{"code":"DH_INTERNAL"}']) {
      expect(await reading(text)).toBeUndefined();
    }
    expect(await readAttempt(join(folder, 'nobody'))).toBeUndefined();
    rmSync(folder, { recursive: true, force: true });
  });
});
