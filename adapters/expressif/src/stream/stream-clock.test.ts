import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { vitals } from '../testing/vitals.js';
import { createRuleStream } from './rule-stream.js';
import { createSystemClock } from './stream-clock.js';

describe('createSystemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('wakes a stream when an input expires, also after longer than one timer lasts', () => {
    const stream = createRuleStream(vitals(), { clock: createSystemClock() });
    const at = Date.now();
    const days = 40 * 86_400_000;
    stream.commit([
      { variable: 'lactate', value: 1, at, ttlMs: days },
      { variable: 'map', value: 100, at },
    ]);
    const told: (readonly [string, number])[] = [];
    stream.onChange(({ cause, at: instant }) => told.push([cause, instant]));
    vi.advanceTimersByTime(days - 1);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual([['expiry', at + days]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when the stream is closed', () => {
    const stream = createRuleStream(vitals(), { clock: createSystemClock() });
    stream.commit([{ variable: 'lactate', value: 1, at: Date.now(), ttlMs: 10 }]);
    expect(vi.getTimerCount()).toBe(1);
    stream.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
