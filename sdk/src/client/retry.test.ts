import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { withRetries } from './retry.js';

const { POSITIVE_INFINITY } = Number;

describe('withRetries', () => {
  it('gives what the first call gives', async () => {
    expect(await withRetries(async () => 7, { deadlineAt: POSITIVE_INFINITY })).toBe(7);
  });

  it('hides what is not one of our errors, and does not repeat it', async () => {
    let calls = 0;
    const failing = withRetries(
      async () => {
        calls++;
        throw new Error('/srv/secret');
      },
      { deadlineAt: POSITIVE_INFINITY },
    );
    await expect(failing).rejects.toMatchObject({
      code: 'DH_INTERNAL',
      message: expect.not.stringContaining('secret'),
    });
    expect(calls).toBe(1);
  });

  it('ends a pause of a minute when the signal aborts', async () => {
    const abort = new AbortController();
    let calls = 0;
    const failing = withRetries(
      async () => {
        calls++;
        // The abort comes in the pause, which begins as soon as this is thrown.
        setImmediate(() => abort.abort());
        throw new DeepHealthError('DH_MODEL_NOT_READY', 'Not yet.', { retryAfterMs: 60_000 });
      },
      { deadlineAt: POSITIVE_INFINITY, signal: abort.signal },
    );
    await expect(failing).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    expect(calls).toBe(1);
  });
});

describe('the pauses of withRetries', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());

  it('stop where the deadline would pass in one of them', async () => {
    const calls: number[] = [];
    const failing = withRetries(
      async () => {
        calls.push(Date.now());
        throw new DeepHealthError('DH_MODEL_NOT_READY', 'Not yet.', { retryAfterMs: 60_000 });
      },
      { deadlineAt: 1_050_000 },
    );
    await expect(failing).rejects.toMatchObject({ code: 'DH_MODEL_NOT_READY' });
    expect(calls).toEqual([1_000_000]);
  });
});
