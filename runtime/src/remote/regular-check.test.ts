import { describe, expect, it } from 'vitest';
import { checkRegularly } from './regular-check.js';
import { FakeClock } from './testing/fake-clock.js';

function checks() {
  const clock = new FakeClock();
  const open: { resolve(): void; reject(error: Error): void }[] = [];
  let count = 0;
  const stop = checkRegularly(clock, 2000, () => {
    count += 1;
    return new Promise((resolve, reject) => open.push({ resolve, reject }));
  });
  const settle = async (isWell = true) => {
    const check = open.pop();
    if (isWell) check?.resolve();
    else check?.reject(new Error('down'));
    await new Promise(setImmediate);
  };
  return { clock, stop, settle, count: () => count };
}

describe('a regular check', () => {
  it('comes a pause after the end of the one before, and never twice at a time', async () => {
    const { clock, settle, count } = checks();
    clock.advance(1999);
    expect(count()).toBe(0);
    clock.advance(1);
    clock.advance(60_000);
    expect(count()).toBe(1);
    await settle();
    clock.advance(1999);
    expect(count()).toBe(1);
    clock.advance(1);
    expect(count()).toBe(2);
  });

  it('goes on after one that failed', async () => {
    const { clock, settle, count } = checks();
    clock.advance(2000);
    await settle(false);
    clock.advance(2000);
    expect(count()).toBe(2);
  });

  it('comes no more once it is stopped, even in the middle of one', async () => {
    const first = checks();
    first.stop();
    first.clock.advance(10_000);
    expect([first.count(), first.clock.pending]).toEqual([0, 0]);
    const second = checks();
    second.clock.advance(2000);
    second.stop();
    await second.settle();
    expect([second.count(), second.clock.pending]).toEqual([1, 0]);
  });
});
