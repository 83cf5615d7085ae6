import { getEventListeners } from 'node:events';
import type { DeepHealthError } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import { codeOf, END, hostLost, type Sent, START, stateOf, tableOf } from './testing/sequence-items.js';

/** Time passes, and no timer has run yet. */
function passUnheard(ms: number): void {
  const now = performance.now() + ms;
  vi.spyOn(performance, 'now').mockReturnValue(now);
}

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('items of one sequence', () => {
  it('start from zeros, carry the state on, and say their positions', async () => {
    const { done } = tableOf();
    expect(await done('a', 5, START)).toEqual({ result: 5, position: 1 });
    expect(await done('a', 7)).toEqual({ result: 12, position: 2 });
    expect(await done('a', 1, END)).toEqual({ result: 13, position: 3 });
  });

  it('run one at a time in the order in which they came', async () => {
    const { send } = tableOf();
    const items = [send('a', 1, START), send('a', 2), send('a', 4), send('a', 8, END)];
    for (const [index, item] of items.entries()) {
      expect(items.map(({ began }) => began !== undefined)).toEqual(items.map((_, other) => other <= index));
      await item.finish();
    }
    const answers = await Promise.all(items.map(({ answer }) => answer));
    expect(answers.map(({ result }) => result)).toEqual([1, 3, 7, 15]);
    expect(answers.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  });

  it('run beside those of other sequences, and see nothing of them', async () => {
    const { send } = tableOf();
    const [a1, b1, a2, b2] = [send('a', 1, START), send('b', 10, START), send('a', 2), send('b', 20)];
    expect([a1.began, b1.began]).toEqual([
      { sum: 0, position: 1 },
      { sum: 0, position: 1 },
    ]);
    await b1.finish();
    expect([a2.began, b2.began]).toEqual([undefined, { sum: 10, position: 2 }]);
    await b2.finish();
    await a1.finish();
    await a2.finish();
    expect(await Promise.all([a2, b2].map(async ({ answer }) => (await answer).result))).toEqual([3, 30]);
  });

  it('keep one failed sequence from touching another', async () => {
    const { send, done } = tableOf();
    await done('b', 10, START);
    await send('a', 1, START).failWith(hostLost());
    expect((await done('b', 1)).result).toBe(11);
  });

  it('may be one item that starts and ends', async () => {
    const { table, done } = tableOf();
    expect(await done('a', 3, { ...START, ...END })).toEqual({ result: 3, position: 1 });
    expect(table.size).toBe(0);
    await expect(done('a', 1)).rejects.toMatchObject({ code: 'DH_SEQUENCE_UNKNOWN' });
  });
});

describe('an item that gets no result', () => {
  const waitingCodes = async (sent: Sent[]) => Promise.all(sent.map(codeOf));

  it('loses the sequence: what waits and what comes gets SEQUENCE_LOST and never runs', async () => {
    const { table, send } = tableOf();
    const items = [send('a', 1, START), send('a', 2), send('a', 4)];
    await items[0]?.finish();
    await items[1]?.failWith(hostLost());
    const late = send('a', 8);
    expect(await waitingCodes([...items, late])).toEqual([
      'answered',
      'DH_MODEL_HOST_LOST',
      'DH_SEQUENCE_LOST',
      'DH_SEQUENCE_LOST',
    ]);
    expect([items[2]?.began, late.began]).toEqual([undefined, undefined]);
    expect(table.has('a')).toBe(false);
    await expect(late.answer).rejects.toThrow('because its item 2 got no result (MODEL_HOST_LOST)');
  });

  it('is told what the item threw, and a foreign error does not leak', async () => {
    const { send } = tableOf();
    const item = send('a', 1, START);
    await item.failWith(new TypeError('/home/someone'));
    await expect(item.answer).rejects.toMatchObject({ code: 'DH_INTERNAL', message: expect.not.stringContaining('/') });
  });

  it('may throw before it gives a promise', async () => {
    const { table, send } = tableOf();
    const never = new AbortController().signal;
    const answer = table.run({ id: 'a', isStart: true, isEnd: false }, never, Number.POSITIVE_INFINITY, () => {
      throw hostLost();
    });
    await expect(answer).rejects.toMatchObject({ code: 'DH_MODEL_HOST_LOST' });
    expect(await codeOf(send('a', 1))).toBe('DH_SEQUENCE_LOST');
  });

  it('ends its wait at once when its caller leaves, and the items before and behind it are lost too', async () => {
    const { send } = tableOf();
    const caller = new AbortController();
    const running = send('a', 1, START);
    const before = send('a', 2);
    const left = send('a', 4, { signal: caller.signal });
    const behind = send('a', 8);
    caller.abort();
    expect(await waitingCodes([before, left, behind])).toEqual([
      'DH_SEQUENCE_LOST',
      'DH_CANCELLED',
      'DH_SEQUENCE_LOST',
    ]);
    await expect(behind.answer).rejects.toThrow('its item 3 got no result (CANCELLED)');
    // The state of the one under way lacked nothing.
    await running.finish();
    expect((await running.answer).result).toBe(1);
    expect([before.began, left.began, behind.began]).toEqual([undefined, undefined, undefined]);
    expect(vi.getTimerCount()).toBe(0);
    expect(await codeOf(send('a', 16))).toBe('DH_SEQUENCE_LOST');
  });

  it('ends its wait at its deadline', async () => {
    const { send } = tableOf();
    send('a', 1, START);
    const waiting = send('a', 2, { deadlineMs: monotonicMs() + 50 });
    await vi.advanceTimersByTimeAsync(49);
    const behind = send('a', 4);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waitingCodes([waiting, behind])).toEqual(['DH_DEADLINE_EXCEEDED', 'DH_SEQUENCE_LOST']);
  });

  it.each<[string, (caller: AbortController) => unknown, string]>([
    ['its caller leaves', (caller) => caller.abort(), 'DH_CANCELLED'],
    ['its deadline passes', () => vi.advanceTimersByTimeAsync(50), 'DH_DEADLINE_EXCEEDED'],
  ])('is answered while it runs when %s, and what it computes later counts for nobody', async (_, leave, code) => {
    const { send } = tableOf();
    const caller = new AbortController();
    const running = send('a', 1, { ...START, signal: caller.signal, deadlineMs: monotonicMs() + 50 });
    await leave(caller);
    expect(await codeOf(running)).toBe(code);
    await running.finish();
    expect(await codeOf(send('a', 2))).toBe('DH_SEQUENCE_LOST');
  });

  it('is one that finishes after its deadline, though no timer was heard yet', async () => {
    const { send } = tableOf();
    const running = send('a', 1, { ...START, deadlineMs: monotonicMs() + 50 });
    passUnheard(50);
    await running.finish();
    expect(await codeOf(running)).toBe('DH_DEADLINE_EXCEEDED');
    expect(await codeOf(send('a', 2))).toBe('DH_SEQUENCE_LOST');
  });

  it('is told that its deadline passed where that shows as a cancellation', async () => {
    const { send } = tableOf();
    const caller = new AbortController();
    const running = send('a', 1, { ...START, signal: caller.signal, deadlineMs: monotonicMs() + 50 });
    passUnheard(50);
    caller.abort();
    expect(await codeOf(running)).toBe('DH_DEADLINE_EXCEEDED');
  });

  it('is one whose caller was gone before it came', async () => {
    const { send, done } = tableOf();
    await done('a', 1, START);
    const gone = send('a', 2, { signal: AbortSignal.abort() });
    expect([await codeOf(gone), gone.began]).toEqual(['DH_CANCELLED', undefined]);
    expect(await codeOf(send('a', 4))).toBe('DH_SEQUENCE_LOST');
    const late = send('b', 2, { ...START, deadlineMs: monotonicMs() });
    expect([await codeOf(late), late.began]).toEqual(['DH_DEADLINE_EXCEEDED', undefined]);
    expect(await codeOf(send('b', 4))).toBe('DH_SEQUENCE_LOST');
  });

  it('is none whose caller leaves after the answer', async () => {
    const { done } = tableOf();
    const caller = new AbortController();
    await done('a', 1, { ...START, signal: caller.signal, deadlineMs: monotonicMs() + 50 });
    // A stream may go on for days after the answer.
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    caller.abort();
    await vi.advanceTimersByTimeAsync(60);
    expect((await done('a', 2)).result).toBe(3);
  });

  it('is one that gave a state which the next could not start from', async () => {
    const { send } = tableOf();
    const item = send('a', 1, START);
    const behind = send('a', 2);
    await item.finishWith(stateOf(1, 2));
    expect(await waitingCodes([item, behind])).toEqual(['DH_MODEL_OUTPUT_INVALID', 'DH_SEQUENCE_LOST']);
    await expect(item.answer).rejects.toThrow('"sum_out"');
  });

  it('is one that finds too many waiting', async () => {
    const { send } = tableOf({ waitingLimit: 2 });
    const items = [send('a', 1, START), send('a', 2), send('a', 4), send('a', 8)];
    expect(await waitingCodes(items.slice(1))).toEqual(['DH_SEQUENCE_LOST', 'DH_SEQUENCE_LOST', 'DH_QUEUE_FULL']);
  });

  it('waits for ever without harm where the deadline is further off than a timer can hold', async () => {
    const { send } = tableOf();
    const item = send('a', 1, { ...START, deadlineMs: monotonicMs() + 2 ** 40 });
    await vi.advanceTimersByTimeAsync(100);
    await item.finish();
    expect((await item.answer).result).toBe(1);
  });
});

describe('a sequence', () => {
  it('begins anew after it was lost, from zeros and at position 1', async () => {
    const { send, done } = tableOf();
    await done('a', 5, START);
    await send('a', 1).failWith(hostLost());
    expect(await done('a', 2, START)).toEqual({ result: 2, position: 1 });
    expect(await done('a', 3)).toEqual({ result: 5, position: 2 });
  });

  it('that was lost while an item ran is not touched by that item when it begins anew', async () => {
    const { send, done } = tableOf();
    const caller = new AbortController();
    const old = send('a', 100, START);
    send('a', 1, { signal: caller.signal });
    caller.abort();
    await done('a', 2, START);
    await old.finish();
    expect(await done('a', 3)).toEqual({ result: 5, position: 2 });
    const gone = new AbortController();
    const failing = send('b', 100, { ...START, signal: gone.signal });
    gone.abort();
    await done('b', 2, START);
    expect(failing.began).toEqual({ sum: 0, position: 1 });
    await failing.failWith(hostLost());
    expect(await done('b', 3)).toEqual({ result: 5, position: 2 });
  });

  it('refuses a second start and is lost by it, since the items behind that start may be on their way', async () => {
    const { send, done } = tableOf();
    await done('a', 1, START);
    const waiting = [send('a', 2), send('a', 4)];
    const second = send('a', 100, START);
    const behind = send('a', 200);
    expect(await codeOf(second)).toBe('DH_SEQUENCE_OPEN');
    expect(await codeOf(behind)).toBe('DH_SEQUENCE_LOST');
    expect(await codeOf(waiting[1] as Sent)).toBe('DH_SEQUENCE_LOST');
    await expect(behind.answer).rejects.toThrow('because a second start of its id came');
    await waiting[0]?.finish();
    expect((await waiting[0]?.answer)?.result).toBe(3);
    expect([second.began, behind.began]).toEqual([undefined, undefined]);
    expect((await done('a', 7, START)).result).toBe(7);
  });

  it('takes nothing behind its end, says so, and frees its id', async () => {
    const { table, send, done } = tableOf();
    const first = send('a', 1, START);
    const last = send('a', 2, END);
    expect(table.has('a')).toBe(false);
    const late = send('a', 4);
    await expect(late.answer).rejects.toMatchObject({
      code: 'DH_SEQUENCE_UNKNOWN',
      message: expect.stringContaining('has ended'),
    });
    const next = done('a', 100, START);
    await first.finish();
    await last.finish();
    expect((await last.answer).result).toBe(3);
    expect(await next).toEqual({ result: 100, position: 1 });
    expect(await done('a', 1)).toEqual({ result: 101, position: 2 });
  });

  it('is lost if its last item fails', async () => {
    const { send } = tableOf();
    const last = send('a', 1, { ...START, ...END });
    await last.failWith(hostLost());
    expect(await codeOf(send('a', 2))).toBe('DH_SEQUENCE_LOST');
  });

  it('that failed at its end does not lose the next one of its id', async () => {
    const { send, done } = tableOf();
    const last = send('a', 1, { ...START, ...END });
    await done('a', 10, START);
    await last.failWith(hostLost());
    expect((await done('a', 1)).result).toBe(11);
  });

  it('that ends after the next one of its id was lost does not hide that', async () => {
    const { send } = tableOf();
    const last = send('a', 1, { ...START, ...END });
    await send('a', 10, START).failWith(hostLost());
    await last.finish();
    expect(await codeOf(send('a', 1))).toBe('DH_SEQUENCE_LOST');
  });

  it('is unknown before its start', async () => {
    const { send } = tableOf();
    const item = send('a', 1);
    await expect(item.answer).rejects.toMatchObject({
      code: 'DH_SEQUENCE_UNKNOWN',
      message: expect.stringContaining('No sequence of this id is open'),
      details: { field: 'sequence_context.sequence_id' },
    });
    expect(item.began).toBeUndefined();
  });

  it('never has its id in a message', async () => {
    const { send, done } = tableOf({ limit: 1 });
    const id = 'Jane Doe 1970-01-01';
    await done(id, 1, START);
    const refused = [send(id, 1, START), send(id, 1), send(`${id}!`, 1)];
    for (const { answer } of refused) {
      const error: DeepHealthError = await answer.then(
        () => expect.unreachable(),
        (thrown) => thrown,
      );
      expect(JSON.stringify([error.message, error.details])).not.toContain('Jane');
    }
  });
});

describe('losing', () => {
  it('all sequences tells each item why, and lets them begin anew', async () => {
    const { table, send, done } = tableOf();
    await done('idle', 1, START);
    const running = send('a', 1, START);
    const waiting = send('a', 2);
    const ending = send('b', 1, { ...START, ...END });
    table.loseAll('the model was replaced');
    expect(await codeOf(waiting)).toBe('DH_SEQUENCE_LOST');
    for (const id of ['idle', 'a']) {
      await expect(send(id, 4).answer).rejects.toThrow('because the model was replaced. Start it again');
    }
    expect([table.size, table.stateBytes]).toEqual([0, 0]);
    await running.finish();
    await ending.finish();
    expect([await codeOf(running), await codeOf(ending)]).toEqual(['answered', 'answered']);
    expect((await done('a', 8, START)).result).toBe(8);
  });

  it('one sequence leaves the others, and does nothing to an id that is not open', async () => {
    const { table, send, done } = tableOf();
    await done('a', 1, START);
    await done('b', 1, START);
    table.lose('a', 'a check refused an item of it');
    table.lose('c', 'a check refused an item of it');
    await expect(send('a', 2).answer).rejects.toThrow('because a check refused an item of it');
    expect(await codeOf(send('c', 2))).toBe('DH_SEQUENCE_UNKNOWN');
    expect((await done('b', 2)).result).toBe(3);
  });

  it('by close is for good, and leaves no timer', async () => {
    const { table, send, done } = tableOf();
    await done('a', 1, START);
    send('b', 1, { ...START, deadlineMs: monotonicMs() + 500 });
    const waiting = send('b', 2, { deadlineMs: monotonicMs() + 500 });
    table.close();
    expect(await codeOf(waiting)).toBe('DH_SEQUENCE_LOST');
    expect(await codeOf(send('a', 2))).toBe('DH_SEQUENCE_LOST');
    expect(await codeOf(send('c', 2))).toBe('DH_SEQUENCE_UNKNOWN');
    expect(await codeOf(send('a', 2, START))).toBe('DH_MODEL_UNLOADED');
    // Only the item under way still has its deadline.
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('needs no close for a process to end', async () => {
    vi.useRealTimers();
    const set = vi.spyOn(globalThis, 'setTimeout');
    const waitedFor = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = waitedFor();
    const { done } = tableOf();
    await done('a', 1, { ...START, deadlineMs: monotonicMs() + 60_000 });
    // The deadline of the item and the idle time of the sequence.
    expect(set).toHaveBeenCalledTimes(2);
    expect(waitedFor()).toBe(before);
    for (const { value } of set.mock.results) clearTimeout(value as NodeJS.Timeout);
    set.mockRestore();
  });
});
