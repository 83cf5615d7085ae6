import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import type { InputValues } from '../engine/input-value.js';
import { vitals } from '../testing/vitals.js';
import { evaluateBatch, evaluateRecords } from './evaluate-batch.js';

const record = (i: number): InputValues => ({
  lactate: (i % 101) / 10,
  map: i % 11 === 0 ? undefined : 30 + (i % 111),
});
const records = (count: number): InputValues[] => Array.from({ length: count }, (_, i) => record(i));
const here = { workers: 0 } as const;

/** An endless source that says how far it was asked. */
function source(hangsAt = Number.POSITIVE_INFINITY) {
  const state = { asked: 0, isClosed: false };
  const iterator = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      state.asked += 1;
      if (state.asked > 5000) return Promise.reject(new Error('asked for far more than was taken'));
      if (state.asked > hangsAt) return new Promise<never>(() => undefined);
      return Promise.resolve({ done: false as const, value: record(state.asked) });
    },
    return: () => {
      state.isClosed = true;
      return hangsAt < Number.POSITIVE_INFINITY
        ? new Promise<never>(() => undefined)
        : Promise.resolve({ done: true as const, value: undefined });
    },
  };
  return { state, iterator };
}

describe('evaluateBatch', () => {
  it.each([0, 1, 63, 64, 65, 200])('evaluates %d records in their order, each by itself', async (count) => {
    const engine = createEngine(vitals());
    const evaluations = await evaluateBatch(vitals(), records(count), here);
    expect(evaluations).toEqual(records(count).map((each) => engine.evaluate(each)));
  });

  it('says how many are done, of how many', async () => {
    const seen: unknown[] = [];
    await evaluateBatch(vitals(), records(150), { ...here, onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([64, 128, 150].map((done) => ({ done, total: 150 })));
  });

  it('takes the options of an engine', async () => {
    const [extended] = await evaluateBatch(vitals(), [{ lactate: 11, map: 80 }], { ...here, outOfRange: 'extend' });
    expect(extended?.outputs.get('risk')?.status).toBe('determinate');
  });

  it('ends with the reason of its signal, at once or between two chunks', async () => {
    const reason = new Error('not needed any more');
    await expect(evaluateBatch(vitals(), records(10), { ...here, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const abort = new AbortController();
    const done: number[] = [];
    const onProgress = (progress: { done: number }) => {
      done.push(progress.done);
      if (progress.done === 128) abort.abort(reason);
    };
    await expect(evaluateBatch(vitals(), records(1000), { ...here, signal: abort.signal, onProgress })).rejects.toBe(
      reason,
    );
    expect(done).toEqual([64, 128]);
  });

  it('ends with what the progress throws', async () => {
    const onProgress = () => {
      throw new Error('full');
    };
    await expect(evaluateBatch(vitals(), records(100), { ...here, onProgress })).rejects.toThrow('full');
  });

  it.each([-1, 1.5, Number.NaN])('refuses %d workers', async (workers) => {
    await expect(evaluateBatch(vitals(), [], { workers })).rejects.toThrow(RangeError);
  });

  it('refuses a rule base that cannot be evaluated, before any record', async () => {
    const { state, iterator } = source();
    const kb = vitals(['risk is small', 'risk is tiny']);
    await expect(evaluateRecords(kb, iterator, here).next()).rejects.toMatchObject({ code: 'DH_RULES_INCONSISTENT' });
    expect(state.asked).toBe(0);
  });
});

describe('evaluateRecords', () => {
  it('asks for no more records than a few chunks ahead, and closes the source that is left', async () => {
    const { state, iterator } = source();
    const engine = createEngine(vitals());
    let taken = 0;
    for await (const evaluation of evaluateRecords(vitals(), iterator, here)) {
      taken += 1;
      expect(evaluation).toEqual(engine.evaluate(record(taken)));
      expect(state.asked - taken).toBeLessThanOrEqual(3 * 64);
      if (taken === 1000) break;
    }
    expect(state.isClosed).toBe(true);
  });

  it('gives what is evaluated while the source is silent, and leaves it when it is told to', async () => {
    const { state, iterator } = source(70);
    const abort = new AbortController();
    const each = evaluateRecords(vitals(), iterator, { ...here, signal: abort.signal });
    for (let i = 0; i < 64; i += 1) expect((await each.next()).done).toBe(false);
    const waiting = each.next();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(state.isClosed).toBe(true);
  });

  it('passes on what the source throws', async () => {
    const failing = (async function* () {
      yield record(1);
      throw new Error('the file ended');
    })();
    await expect(evaluateRecords(vitals(), failing, here).next()).rejects.toThrow('the file ended');
  });

  it('leaves nothing at the signal', async () => {
    const abort = new AbortController();
    let listeners = 0;
    const { signal } = abort;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      },
      removeEventListener: (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      },
    });
    await evaluateBatch(vitals(), records(300), { ...here, signal });
    expect(listeners).toBe(0);
  });
});
