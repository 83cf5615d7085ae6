import { describe, expect, it } from 'vitest';
import type { LiveModel } from '../../../src/api.js';
import { HISTORY_LENGTH, type History, withAnswer } from './history.js';

const model = (name: string, requestsPerSecond: number, p95: number | null = 5): LiveModel => ({
  name,
  version: '1.0.0',
  waiting: 0,
  running: 0,
  hosts: 1,
  restarts: 0,
  requestsPerSecond,
  latencyMs: { p50: p95, p95, p99: p95 },
  failures: 0,
});

describe('the short history of live figures', () => {
  it('keeps the latest, and no more than it shows', () => {
    let history: History = {};
    for (let rate = 0; rate <= HISTORY_LENGTH; rate += 1) history = withAnswer(history, { models: [model('a', rate)] });
    expect(history['a@1.0.0']?.rates).toHaveLength(HISTORY_LENGTH);
    expect(history['a@1.0.0']?.rates.at(-1)).toBe(HISTORY_LENGTH);
    expect(history['a@1.0.0']?.rates[0]).toBe(1);
  });

  it('forgets models that are gone, and has gaps where nothing was answered', () => {
    const first = withAnswer({}, { models: [model('a', 1, null), model('b', 1)] });
    const second = withAnswer(first, { models: [model('a', 2, 7)] });
    expect(Object.keys(second)).toEqual(['a@1.0.0']);
    expect(second['a@1.0.0']?.latencies).toEqual([Number.NaN, 7]);
  });
});
