import { DeepHealthError, type Manifest, type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import type { SequenceState } from './sequence-state.js';
import { SequenceTable } from './sequence-table.js';

// The state is the list of all items that went into it, so that one left out, doubled, moved or of
// another sequence cannot hide in a sum.
const manifest = {
  tensors: { inputs: [{ name: 'items', dataType: 'INT32', shape: [-1] }], outputs: [] },
  sequence: { state: [{ input: 'items', output: 'items_out' }] },
} as unknown as Manifest;

const IDS = ['a', 'b', 'c', 'd'];
const IDLE_MS = 400;

interface Item {
  readonly number: number;
  readonly id: string;
  readonly isStart: boolean;
  readonly isEnd: boolean;
  readonly caller: AbortController;
  /** Sequences are told apart by the first item of their state. */
  began?: { readonly sequence: number };
  end?: { succeed(): void; fail(): void };
  answer?: { readonly items: readonly number[]; readonly position: number } | { readonly code: string };
}

/** Sends, ends and cancels items at random, and looks at every run and answer. */
class Chaos {
  readonly table = new SequenceTable({ manifest, idleTimeoutMs: IDLE_MS, limit: 3, waitingLimit: 3 });
  readonly items: Item[] = [];
  readonly underWay = new Set<Item>();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(from: Iterable<T>): T | undefined {
    const list = [...from];
    return list[Math.floor(this.#random() * list.length)];
  }

  send(id: string, flags: { isStart: boolean; isEnd: boolean }, timeoutMs: number): void {
    const item: Item = { number: this.items.length + 1, id, ...flags, caller: new AbortController() };
    this.items.push(item);
    this.table
      .run({ id, ...flags }, item.caller.signal, monotonicMs() + timeoutMs, (state) => this.#begin(item, state))
      .then(
        ({ result, position }) => {
          item.answer = { items: result, position };
        },
        (error: DeepHealthError) => {
          item.answer = { code: error.code };
        },
      );
  }

  #begin(item: Item, state: SequenceState): Promise<{ state: SequenceState; result: number[] }> {
    const before = tensorValues(state.items as RawTensor)
      .map(Number)
      .slice(1);
    const all = [...before, item.number];
    item.began = { sequence: all[0] as number };
    for (const other of this.underWay) expect(other.began).not.toEqual(item.began);
    this.underWay.add(item);
    return new Promise((resolve, reject) => {
      const leave = () => this.underWay.delete(item);
      item.end = {
        succeed: () => {
          leave();
          const next = [0, ...all];
          resolve({ state: { items: tensorFromValues('INT32', [next.length], next) }, result: all });
        },
        fail: () => {
          leave();
          reject(new DeepHealthError('DH_MODEL_HOST_LOST', 'The process ended.'));
        },
      };
    });
  }

  /** Lets everything that is under way, and what starts by that, succeed. */
  async finish(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    for (let item = this.pick(this.underWay); item !== undefined; item = this.pick(this.underWay)) {
      item.end?.succeed();
      await vi.advanceTimersByTimeAsync(0);
    }
  }

  /**
   * The reference: the state of an answered item is the unbroken run of items that came for its id,
   * from a start up to itself, and each of them was answered.
   */
  check(): { answered: number; codes: Set<string> } {
    const codes = new Set<string>();
    let answered = 0;
    for (const item of this.items) {
      if (item.answer === undefined) throw new Error(`item ${item.number} got no answer`);
      if ('code' in item.answer) {
        codes.add(item.answer.code);
        continue;
      }
      answered += 1;
      const came = this.items.filter(({ id }) => id === item.id);
      const upToItself = came.slice(0, came.indexOf(item) + 1);
      const start = upToItself.findLastIndex(({ isStart }) => isStart);
      const expected = upToItself.slice(start);
      expect(item.answer).toEqual({ items: expected.map(({ number }) => number), position: expected.length });
      expect(expected.slice(0, -1).filter(({ isEnd }) => isEnd)).toEqual([]);
      for (const earlier of expected) expect(earlier.answer).toHaveProperty('items');
    }
    return { answered, codes };
  }
}

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

describe('many sequences at random', () => {
  it('give each answered item a state of exactly the items before it, whatever fails', async () => {
    const codes = new Set<string>();
    let answered = 0;
    let longest = 0;
    for (let seed = 1; seed <= 90; seed++) {
      const chaos = new Chaos(seed);
      // Some rounds break much, some little, so that long sequences occur too.
      const trouble = [0.002, 0.02, 0.1][seed % 3] as number;
      for (let step = 0; step < 300; step++) {
        const id = chaos.pick(IDS) as string;
        if (chaos.chance(0.5)) {
          const isStart = chaos.table.has(id) ? chaos.chance(trouble) : chaos.chance(0.8);
          chaos.send(id, { isStart, isEnd: chaos.chance(0.08) }, chaos.chance(trouble) ? 30 : 100_000);
        }
        if (chaos.chance(0.55)) chaos.pick(chaos.underWay)?.end?.[chaos.chance(trouble) ? 'fail' : 'succeed']();
        if (chaos.chance(trouble)) chaos.pick(chaos.items.filter(({ answer }) => answer === undefined))?.caller.abort();
        if (chaos.chance(trouble / 20)) chaos.table.loseAll('of a test');
        // Sometimes much happens before any promise is heard.
        if (chaos.chance(0.7)) await vi.advanceTimersByTimeAsync(chaos.pick([0, 0, 1, 10, IDLE_MS / 10]) as number);
        if (chaos.chance(trouble / 10)) await vi.advanceTimersByTimeAsync(IDLE_MS);
      }
      await chaos.finish();
      const outcome = chaos.check();
      answered += outcome.answered;
      for (const code of outcome.codes) codes.add(code);
      longest = Math.max(
        longest,
        ...chaos.items.map(({ answer }) => (answer !== undefined && 'items' in answer ? answer.position : 0)),
      );
      await vi.advanceTimersByTimeAsync(IDLE_MS);
      expect([chaos.table.size, chaos.table.stateBytes, vi.getTimerCount()]).toEqual([0, 0, 0]);
    }
    // A test that provokes nothing proves nothing.
    expect(answered).toBeGreaterThan(5000);
    expect(longest).toBeGreaterThan(15);
    expect([...codes].sort()).toEqual([
      'DH_CANCELLED',
      'DH_DEADLINE_EXCEEDED',
      'DH_MODEL_HOST_LOST',
      'DH_QUEUE_FULL',
      'DH_SEQUENCE_LIMIT',
      'DH_SEQUENCE_LOST',
      'DH_SEQUENCE_OPEN',
      'DH_SEQUENCE_UNKNOWN',
    ]);
  });

  it('answer every item of callers that keep the rules, with the running sum of its own inputs', async () => {
    const sums = {
      tensors: { inputs: [{ name: 'sum', dataType: 'FP64', shape: [1] }], outputs: [] },
      sequence: { state: [{ input: 'sum', output: 'sum_out' }] },
    } as unknown as Manifest;
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const table = new SequenceTable({ manifest: sums });
      const sequences = Array.from({ length: 50 }, (_, index) => ({
        id: `sequence-${index}`,
        inputs: Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() * 1000)),
        answers: [] as Promise<{ result: number; position: number }>[],
      }));
      for (let open = sequences; open.length > 0; open = open.filter((s) => s.answers.length < s.inputs.length)) {
        const sequence = open[Math.floor(random() * open.length)] as (typeof sequences)[number];
        const index = sequence.answers.length;
        const context = { id: sequence.id, isStart: index === 0, isEnd: index === sequence.inputs.length - 1 };
        const delayMs = Math.floor(random() * 20);
        sequence.answers.push(
          table.run(context, new AbortController().signal, Number.POSITIVE_INFINITY, async (state) => {
            await new Promise((resolve) => setTimeout(resolve, delayMs));
            const sum = Number(tensorValues(state.sum as RawTensor)[0]) + (sequence.inputs[index] as number);
            return { state: { sum: tensorFromValues('FP64', [1], [sum]) }, result: sum };
          }),
        );
        if (random() < 0.3) await vi.advanceTimersByTimeAsync(Math.floor(random() * 10));
      }
      await vi.advanceTimersByTimeAsync(1000);
      for (const { inputs, answers } of sequences) {
        let sum = 0;
        const expected = inputs.map((input, index) => {
          sum += input;
          return { result: sum, position: index + 1 };
        });
        expect(await Promise.all(answers)).toEqual(expected);
      }
      expect(table.size).toBe(0);
    }
  });
});
