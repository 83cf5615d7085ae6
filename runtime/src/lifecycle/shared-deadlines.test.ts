import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from './deadline-clock.js';
import { onAbort } from './shared-abort.js';
import { onDeadline } from './shared-deadlines.js';

describe('onDeadline', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  it('calls each listener once, never before its deadline and at most 6 ms after it', () => {
    const called = new Map<number, number[]>();
    const now = monotonicMs();
    for (let deadlineMs = now + 1; deadlineMs < now + 60; deadlineMs += 0.5) {
      called.set(deadlineMs, []);
      onDeadline(deadlineMs, () => called.get(deadlineMs)?.push(monotonicMs()));
    }
    for (let step = 0; step < 100; step++) vi.advanceTimersByTime(1);
    for (const [deadlineMs, times] of called) {
      expect(times).toHaveLength(1);
      expect(times[0]).toBeGreaterThanOrEqual(deadlineMs);
      expect(times[0]).toBeLessThanOrEqual(deadlineMs + 6);
    }
  });

  it('keeps no timer for what was forgotten, and none for what has no end', () => {
    const listener = vi.fn();
    const forget = [100, 101, 1_000_000].map((afterMs) => onDeadline(monotonicMs() + afterMs, listener));
    onDeadline(Number.POSITIVE_INFINITY, listener);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    for (const each of forget) each();
    for (const each of forget) each();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(2_000_000);
    expect(listener).not.toHaveBeenCalled();
  });

  it.each([
    ['forwards', 3_600_000],
    ['backwards', -3_600_000],
  ])('knows no wall clock: one that is set %s moves no deadline', (_, byMs) => {
    const listener = vi.fn();
    onDeadline(monotonicMs() + 1000, listener);
    vi.setSystemTime(Date.now() + byMs);
    vi.advanceTimersByTime(990);
    expect(listener).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('bears a deadline that has passed, and one beyond the reach of a timer', () => {
    const [passed, far] = [vi.fn(), vi.fn()];
    onDeadline(monotonicMs() - 1000, passed);
    const forget = onDeadline(monotonicMs() + 3 * 0x7fff_ffff, far);
    vi.advanceTimersByTime(1);
    expect(passed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2 * 0x7fff_ffff);
    expect(far).not.toHaveBeenCalled();
    forget();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('onAbort', () => {
  it('calls everyone who still listens, once, and adds one listener to the signal', () => {
    const controller = new AbortController();
    const add = vi.spyOn(controller.signal, 'addEventListener');
    const listeners = Array.from({ length: 10 }, () => vi.fn());
    const forget = listeners.map((listener) => onAbort(controller.signal, listener));
    for (const index of [2, 5]) forget[index]?.();
    controller.abort();
    controller.abort();
    expect(listeners.map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 1, 1]);
    expect(add).toHaveBeenCalledTimes(1);
  });
});
