import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atOnce } from './at-once.js';

describe('atOnce', () => {
  it('gives results in order, at most four beside each other, and nothing beside what must be alone', async () => {
    let running = 0;
    let most = 0;
    const beside: Record<number, number> = {};
    const results = await atOnce(
      [30, 1, 20, 2, 10, 3, 5, 4],
      async (delay) => {
        running += 1;
        most = Math.max(most, running);
        beside[delay] = running;
        await setTimeout(delay);
        running -= 1;
        return delay * 2;
      },
      (delay) => delay === 1 || delay === 5,
    );
    expect(results).toEqual([60, 2, 40, 4, 20, 6, 10, 8]);
    expect(most).toBe(4);
    expect([beside[1], beside[5]]).toEqual([1, 1]);
  });
});
