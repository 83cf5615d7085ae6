import type { Manifest } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SequenceTable } from './sequence-table.js';
import { codeOf, END, hostLost, manifest, START, stateOf, tableOf } from './testing/sequence-items.js';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

describe('an idle sequence', () => {
  it('is dropped after its time, counted from its last answer, and says so', async () => {
    const { table, send, done } = tableOf();
    await done('a', 1, START);
    await vi.advanceTimersByTimeAsync(900);
    await done('a', 2);
    await vi.advanceTimersByTimeAsync(999);
    expect(table.has('a')).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect([table.has('a'), table.size, table.stateBytes]).toEqual([false, 0, 0]);
    const late = send('a', 4);
    await expect(late.answer).rejects.toMatchObject({
      code: 'DH_SEQUENCE_UNKNOWN',
      message: expect.stringContaining('idle longer than 1000 ms and was dropped'),
    });
    expect((await done('a', 8, START)).result).toBe(8);
  });

  it('is none that has an item under way or waiting', async () => {
    const { send, done } = tableOf();
    const first = send('a', 1, START);
    const second = send('a', 2);
    await vi.advanceTimersByTimeAsync(5000);
    await first.finish();
    await vi.advanceTimersByTimeAsync(5000);
    await second.finish();
    await vi.advanceTimersByTimeAsync(999);
    expect((await done('a', 4)).result).toBe(7);
  });

  it.each([
    [{ sequence: { ...manifest.sequence, idleTimeoutMs: 30 } }, {}, 30],
    [{}, {}, 60_000],
    [{ sequence: { ...manifest.sequence, idleTimeoutMs: 30 } }, { idleTimeoutMs: 70 }, 70],
  ])('has the time of the manifest unless another is set', async (change, options, expected) => {
    const table = new SequenceTable({ manifest: { ...manifest, ...change } as Manifest, ...options });
    await table.run(
      { id: 'a', isStart: true, isEnd: false },
      new AbortController().signal,
      Number.POSITIVE_INFINITY,
      async (state) => ({ state, result: 0 }),
    );
    await vi.advanceTimersByTimeAsync(expected - 1);
    expect(table.has('a')).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(table.has('a')).toBe(false);
  });
});

describe('a sequence id', () => {
  it('must be there', async () => {
    const { send } = tableOf();
    expect(await codeOf(send('', 1, START))).toBe('DH_SEQUENCE_ID_MISSING');
    expect(await codeOf(send('', 1))).toBe('DH_SEQUENCE_ID_MISSING');
  });

  it.each(['x'.repeat(129), 'tab\t', 'ü', '\u0000', 'a\n'])(
    'is 1 to 128 printable ASCII characters, not %j',
    async (id) => {
      const { send } = tableOf();
      expect(await codeOf(send(id, 1, START))).toBe('DH_PARAMETER_INVALID');
    },
  );

  it.each(['x'.repeat(128), ' ', '~', '__proto__', 'constructor'])('may be %j', async (id) => {
    const { done } = tableOf();
    await expect(done(id, 1)).rejects.toMatchObject({ code: 'DH_SEQUENCE_UNKNOWN' });
    await done(id, 1, START);
    expect((await done(id, 1)).result).toBe(2);
  });
});

describe('the limits', () => {
  it('hold for open sequences; ended, lost and idle ones make room', async () => {
    const { table, send, done } = tableOf({ limit: 3 });
    for (const id of ['a', 'b', 'c']) await done(id, 1, START);
    const refused = send('d', 1, START);
    await expect(refused.answer).rejects.toMatchObject({
      code: 'DH_SEQUENCE_LIMIT',
      details: { expected: 'at most 3 open sequences' },
      retryAfterMs: 1000,
    });
    expect(refused.began).toBeUndefined();
    expect(await codeOf(send('d', 2))).toBe('DH_SEQUENCE_UNKNOWN');
    expect((await done('a', 1)).result).toBe(2);

    await done('a', 1, END);
    await done('d', 1, START);
    await send('b', 1).failWith(hostLost());
    await done('e', 1, START);
    expect(await codeOf(send('f', 1, START))).toBe('DH_SEQUENCE_LIMIT');
    await vi.advanceTimersByTimeAsync(1000);
    expect(table.size).toBe(0);
    await done('f', 1, START);
  });

  it('count a sequence until its last item is answered', async () => {
    const { table, send } = tableOf({ limit: 1 });
    const last = send('a', 1, { ...START, ...END });
    expect(table.size).toBe(1);
    expect(await codeOf(send('b', 1, START))).toBe('DH_SEQUENCE_LIMIT');
    await last.finish();
    expect([table.size, table.stateBytes]).toEqual([0, 0]);
  });

  it('hold for the bytes of all states, and the sequence that grows too large is lost alone', async () => {
    const growing = {
      ...manifest,
      tensors: { inputs: [{ name: 'sum', dataType: 'FP64', shape: [-1] }], outputs: [] },
    } as unknown as Manifest;
    const { table, send, done } = tableOf({ manifest: growing, stateLimitBytes: 32 });
    await done('a', 1, START);
    await done('b', 1, START);
    expect(table.stateBytes).toBe(16);
    await send('a', 1).finishWith(stateOf(1, 2, 3));
    expect(table.stateBytes).toBe(32);
    const refused = send('c', 1, START);
    await expect(refused.answer).rejects.toMatchObject({
      code: 'DH_SEQUENCE_LIMIT',
      details: { expected: 'at most 32 bytes' },
    });
    await send('a', 1).finishWith(stateOf(1, 2));
    expect(table.stateBytes).toBe(24);
    const tooLarge = send('b', 1);
    await tooLarge.finishWith(stateOf(1, 2, 3));
    expect(await codeOf(tooLarge)).toBe('DH_SEQUENCE_LIMIT');
    expect(await codeOf(send('b', 1))).toBe('DH_SEQUENCE_LOST');
    expect([table.stateBytes, table.size]).toEqual([16, 1]);
    expect((await done('a', 1)).position).toBe(4);
  });

  it('never allocate a state that they do not allow', async () => {
    const huge = {
      ...manifest,
      tensors: { inputs: [{ name: 'sum', dataType: 'FP64', shape: [2 ** 20, 2 ** 20] }], outputs: [] },
    } as unknown as Manifest;
    const { send } = tableOf({ manifest: huge });
    expect(await codeOf(send('a', 1, START))).toBe('DH_SEQUENCE_LIMIT');
  });

  it('hold for what is remembered; what is forgotten is refused all the same', async () => {
    const { send, done } = tableOf({ formerLimit: 2 });
    for (const id of ['a', 'b', 'c']) await send(id, 1, START).failWith(hostLost());
    expect(await codeOf(send('a', 2))).toBe('DH_SEQUENCE_UNKNOWN');
    expect(await codeOf(send('b', 2))).toBe('DH_SEQUENCE_LOST');
    expect((await done('a', 2, START)).result).toBe(2);
  });
});
