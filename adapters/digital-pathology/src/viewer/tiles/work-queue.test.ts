import { describe, expect, it } from 'vitest';
import { ByteCache } from './byte-cache.js';
import { createWorkQueue } from './work-queue.js';

const deferred = () => {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};
const forever = new AbortController().signal;

describe('a queue of work', () => {
  it('runs as much as is allowed, and what waits in its order', async () => {
    const queue = createWorkQueue({ atOnce: 2, mostWaiting: 10 });
    const begun: number[] = [];
    const gates = [0, 1, 2, 3].map(deferred);
    const all = gates.map(({ promise }, index) =>
      queue.run(async () => {
        begun.push(index);
        await promise;
      }, forever),
    );
    expect(begun).toEqual([]);
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    gates[1]?.resolve();
    await all[1];
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('never begins what nobody waits for any more, and lets others take its place', async () => {
    const queue = createWorkQueue({ atOnce: 1, mostWaiting: 1 });
    const gate = deferred();
    const first = queue.run(() => gate.promise, forever);
    const gone = new AbortController();
    let isBegun = false;
    const second = queue.run(async () => {
      isBegun = true;
    }, gone.signal);
    await expect(queue.run(async () => undefined, forever)).rejects.toMatchObject({ code: 'DH_QUEUE_FULL' });
    gone.abort();
    await expect(second).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    const third = queue.run(async () => 'made', forever);
    gate.resolve();
    await first;
    expect(await third).toBe('made');
    expect(isBegun).toBe(false);
  });

  it('goes on after work that failed', async () => {
    const queue = createWorkQueue({ atOnce: 1, mostWaiting: 5 });
    await expect(queue.run(() => Promise.reject(new Error('no')), forever)).rejects.toThrow('no');
    expect(await queue.run(async () => 1, forever)).toBe(1);
  });
});

describe('a cache of answers', () => {
  it('lets go of what was used longest ago', () => {
    const cache = new ByteCache(20);
    for (const key of ['a', 'b']) cache.put(key, Buffer.alloc(10));
    cache.get('a');
    cache.put('c', Buffer.alloc(5));
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.length)).toEqual([10, undefined, 5]);
    cache.put('d', Buffer.alloc(21));
    expect(cache.get('d')).toBeUndefined();
  });
});
