import { describe, expect, it } from 'vitest';
import { byDeadline } from './deadline.js';

const busy = (ms: number) => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('byDeadline', () => {
  it('gives what is done in time, and stops what is still going on', async () => {
    let signal: AbortSignal | undefined;
    const result = await byDeadline(60_000, undefined, async (deadline) => {
      ({ signal } = deadline);
      expect(deadline.isOver()).toBe(false);
      return 'done';
    });
    expect({ result, isAborted: signal?.aborted }).toEqual({ result: 'done', isAborted: true });
  });

  it('refuses what is done late, though no timer could fire meanwhile', async () => {
    const late = byDeadline(20, undefined, async () => {
      busy(40);
      return 'a card';
    });
    await expect(late).rejects.toMatchObject({ code: 'DH_CDS_OVERLOADED', retryAfterMs: 1000 });
  });

  it('does not wait for what never ends', async () => {
    let isAborted = false;
    const never = byDeadline(20, undefined, ({ signal }) => {
      signal.addEventListener('abort', () => {
        isAborted = true;
      });
      return new Promise(() => undefined);
    });
    await expect(never).rejects.toMatchObject({ code: 'DH_CDS_OVERLOADED' });
    expect(isAborted).toBe(true);
  });

  it('tells of a failure in time as it is, and of a late one that it is late', async () => {
    const failure = new Error('as it is');
    await expect(byDeadline(60_000, undefined, () => Promise.reject(failure))).rejects.toBe(failure);
    const late = byDeadline(20, undefined, async () => {
      busy(40);
      throw failure;
    });
    await expect(late).rejects.toMatchObject({ code: 'DH_CDS_OVERLOADED' });
  });

  it('stops the work when the client has gone', async () => {
    const gone = new AbortController();
    const work = byDeadline(60_000, gone.signal, ({ signal }) => {
      const ended = new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('gone'))),
      );
      gone.abort();
      return ended;
    });
    await expect(work).rejects.toThrow('gone');
  });
});
