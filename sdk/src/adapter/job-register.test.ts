import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { deliverUntilTaken } from './deliver-until-taken.js';
import { JobRegister } from './job-register.js';

/** A job that ends when it is told to. */
function held(id: string, owner?: string) {
  let end: (result: string) => void = () => undefined;
  let fail: (thrown: unknown) => void = () => undefined;
  const runs: AbortSignal[] = [];
  const result = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const job = {
    ...{ id, ...(owner !== undefined && { owner }) },
    run: (signal: AbortSignal) => {
      runs.push(signal);
      return result;
    },
  };
  return { job, runs, end, fail };
}

/** Until what was settled has been seen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a register of jobs', () => {
  it('has the same job once, while it runs and when it is done', async () => {
    const register = new JobRegister<string>();
    const { job, runs, end } = held('a');
    expect([register.start(job), register.start(job)]).toEqual(['started', 'known']);
    await settled();
    expect([runs.length, register.state('a')]).toEqual([1, { state: 'running' }]);
    end('result');
    await settled();
    expect(register.state('a')).toEqual({ state: 'done', result: 'result' });
    expect(register.start(job)).toBe('known');
  });

  it('takes one again that has failed, and tells by name why', async () => {
    const seen: unknown[] = [];
    const register = new JobRegister<string>({ onError: (thrown) => seen.push(thrown) });
    const { job, fail } = held('a');
    register.start(job);
    fail(new Error('a path'));
    await settled();
    expect(register.state('a')).toMatchObject({ state: 'failed', error: { code: 'DH_INTERNAL' } });
    expect(seen).toHaveLength(1);
    expect(register.start(held('a').job)).toBe('started');
  });

  it('keeps the jobs of one owner from another', async () => {
    const register = new JobRegister<string>();
    const { job, runs } = held('a', 'ada');
    register.start(job);
    await settled();
    expect([register.state('a', 'eve'), register.state('a'), register.cancel('a', 'eve')]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(runs[0]?.aborted).toBe(false);
    expect(register.start(held('a', 'eve').job)).toBe('started');
  });

  it('does not confuse an owner and an id that read alike together', () => {
    const register = new JobRegister<string>();
    register.start(held('c', 'a","b').job);
    expect(register.state('b","c', 'a')).toBeUndefined();
  });

  it('cancels one that runs, and leaves one that is done as it is', async () => {
    const register = new JobRegister<string>();
    const [first, second] = [held('a'), held('b')];
    register.start(first.job);
    register.start(second.job);
    second.end('result');
    await settled();
    expect([register.cancel('a'), register.cancel('b')]).toEqual([true, true]);
    expect([register.state('a'), first.runs[0]?.aborted]).toEqual([{ state: 'cancelled' }, true]);
    first.end('too late');
    await settled();
    expect(register.state('a')).toEqual({ state: 'cancelled' });
    expect(register.state('b')).toEqual({ state: 'done', result: 'result' });
  });

  it('works on as many as it may, cancelled ones that still run included', async () => {
    const register = new JobRegister<string>({ maxRunning: 1 });
    const first = held('a');
    register.start(first.job);
    await settled();
    register.cancel('a');
    expect(() => register.start(held('b').job)).toThrow(
      expect.objectContaining({ code: 'DH_QUEUE_FULL', retryable: true, retryAfterMs: 1_000 }),
    );
    first.end('');
    await settled();
    expect(register.start(held('b').job)).toBe('started');
  });

  it('forgets the oldest that have ended, never one that runs', async () => {
    const register = new JobRegister<string>({ maxKept: 1 });
    register.start(held('runs').job);
    for (const id of ['a', 'b', 'c']) register.start({ id, run: async () => id });
    await settled();
    expect(['runs', 'a', 'b', 'c'].filter((id) => register.state(id) !== undefined)).toEqual(['runs', 'c']);
  });

  it('ends what runs when it closes, and takes nothing more', async () => {
    const register = new JobRegister<string>();
    const run = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
    register.start({ id: 'a', run });
    await settled();
    await register.close();
    expect(register.state('a')).toEqual({ state: 'cancelled' });
    expect(() => register.start({ id: 'b', run })).toThrow(expect.objectContaining({ code: 'DH_SERVER_STOPPING' }));
  });
});

describe('a delivery', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => vi.useRealTimers());

  const away = () => new DeepHealthError('DH_PLATFORM_UNREACHABLE', 'away');

  it('is tried until it is taken', async () => {
    let tries = 0;
    const send = async () => {
      if (++tries < 3) throw away();
    };
    await deliverUntilTaken(send, { signal: new AbortController().signal });
    expect(tries).toBe(3);
  });

  it('is not pressed on who refuses it for good', async () => {
    let tries = 0;
    const send = async () => {
      tries++;
      throw new DeepHealthError('DH_PLATFORM_REFUSED', 'no');
    };
    const delivery = deliverUntilTaken(send, { signal: new AbortController().signal });
    await expect(delivery).rejects.toMatchObject({ code: 'DH_PLATFORM_REFUSED' });
    expect(tries).toBe(1);
  });

  it('is given up after its time, and at once when nobody wants it', async () => {
    const late = deliverUntilTaken(
      async () => {
        vi.setSystemTime(Date.now() + 1_000);
        throw away();
      },
      { signal: new AbortController().signal, withinMs: 1_500 },
    );
    await expect(late).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
    const stop = new AbortController();
    const unwanted = deliverUntilTaken(
      async () => {
        stop.abort();
        throw away();
      },
      { signal: stop.signal },
    );
    await expect(unwanted).rejects.toMatchObject({ code: 'DH_CANCELLED' });
  });
});
