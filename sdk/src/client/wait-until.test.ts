import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { waitUntil } from './wait-until.js';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

const expired = () => new DeepHealthError('DH_DEADLINE_EXCEEDED', 'Too late.');
const never = new Promise<number>(() => undefined);

describe('waitUntil', () => {
  it('gives what the promise gives and leaves no timer', async () => {
    expect(await waitUntil(Promise.resolve(7), { deadlineAt: 1_060_000, expired })).toBe(7);
    await expect(
      waitUntil(Promise.reject(new RangeError('x')), { deadlineAt: 1_060_000, expired }),
    ).rejects.toThrowError(RangeError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects when the deadline passes, and not before', async () => {
    const settled = vi.fn();
    const waiting = waitUntil(never, { deadlineAt: 1_000_500, expired }).catch((error) => settled(error.code));
    await vi.advanceTimersByTimeAsync(499);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(settled).toHaveBeenCalledWith('DH_DEADLINE_EXCEEDED');
  });

  it('does not take a far deadline for one that has passed', async () => {
    const settled = vi.fn();
    waitUntil(never, { deadlineAt: Number.POSITIVE_INFINITY, expired })
      .finally(settled)
      .catch(() => undefined);
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(settled).not.toHaveBeenCalled();
  });

  it('rejects when the signal aborts, and for one that has aborted', async () => {
    const abort = new AbortController();
    const waiting = waitUntil(never, { deadlineAt: 1_060_000, expired, signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    await expect(
      waitUntil(never, { deadlineAt: 1_060_000, expired, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps a promise that fails later from being an unhandled rejection', async () => {
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<number>((_, reject) => {
      fail = reject;
    });
    await expect(
      waitUntil(late, { deadlineAt: 1_060_000, expired, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    fail(new Error('too late'));
    await expect(late).rejects.toThrowError('too late');
  });
});
