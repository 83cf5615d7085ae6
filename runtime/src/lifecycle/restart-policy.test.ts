import { describe, expect, it } from 'vitest';
import { RestartPolicy } from './restart-policy.js';

describe('RestartPolicy', () => {
  it('waits longer each time and gives up at the sixth death in a minute', () => {
    const policy = new RestartPolicy();
    expect([0, 1, 2, 3, 4, 5].map((second) => policy.onDeath(second * 1000))).toEqual([
      0,
      100,
      500,
      2000,
      5000,
      undefined,
    ]);
    expect(policy.describe()).toContain('6 times');
  });

  it('forgets deaths that are more than a minute old', () => {
    const policy = new RestartPolicy();
    expect(policy.onDeath(0)).toBe(0);
    expect(policy.onDeath(50_000)).toBe(100);
    expect(policy.onDeath(60_001)).toBe(100);
    expect(policy.onDeath(200_000)).toBe(0);
  });
});
