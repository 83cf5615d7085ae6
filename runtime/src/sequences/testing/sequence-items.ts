import { DeepHealthError, type Manifest, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { vi } from 'vitest';
import type { SequenceState } from '../sequence-state.js';
import { SequenceTable, type SequenceTableOptions } from '../sequence-table.js';

/** A state of one number, which items add to. */
export const manifest = {
  tensors: { inputs: [{ name: 'sum', dataType: 'FP64', shape: [1] }], outputs: [] },
  sequence: { state: [{ input: 'sum', output: 'sum_out' }] },
} as unknown as Manifest;

export const stateOf = (...values: number[]): SequenceState => ({
  sum: tensorFromValues('FP64', [values.length], values),
});
export const sumOf = ({ sum }: SequenceState) => (sum === undefined ? Number.NaN : Number(tensorValues(sum)[0]));

export interface Flags {
  readonly isStart?: boolean;
  readonly isEnd?: boolean;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
}

/** A sent item whose run ends when the test says so. */
export interface Sent {
  readonly answer: Promise<{ readonly result: number; readonly position: number }>;
  /** What the run began with; undefined while the item waits. */
  readonly began: { readonly sum: number; readonly position: number } | undefined;
  /** Ends the run with the sum of the state and the item's value. */
  finish(): Promise<void>;
  finishWith(state: SequenceState): Promise<void>;
  failWith(error: unknown): Promise<void>;
}

/** What is due now has happened, with the clock of the tests. */
export const settle = async () => {
  await vi.advanceTimersByTimeAsync(0);
};

/** A table, and ways to send items to it. */
export function tableOf(options: Partial<SequenceTableOptions> = {}) {
  const table = new SequenceTable({ manifest, idleTimeoutMs: 1000, ...options });
  const send = (id: string, value: number, flags: Flags = {}): Sent => {
    let end: { resolve(outcome: { state: SequenceState; result: number }): void; reject(error: unknown): void };
    const run = new Promise<{ state: SequenceState; result: number }>((resolve, reject) => {
      end = { resolve, reject };
    });
    let began: Sent['began'];
    let total = Number.NaN;
    const { isStart = false, isEnd = false, signal = new AbortController().signal } = flags;
    const answer = table.run(
      { id, isStart, isEnd },
      signal,
      flags.deadlineMs ?? Number.POSITIVE_INFINITY,
      (state, position) => {
        began = { sum: sumOf(state), position };
        total = sumOf(state) + value;
        return run;
      },
    );
    // Tests look at each answer when they are ready to.
    answer.catch(() => undefined);
    const finishWith = (state: SequenceState) => {
      end.resolve({ state, result: total });
      return settle();
    };
    return {
      answer,
      get began() {
        return began;
      },
      finish: () => finishWith(stateOf(total)),
      finishWith,
      failWith: (error) => {
        end.reject(error);
        return settle();
      },
    };
  };
  /** Sends an item and lets it succeed at once. */
  const done = async (id: string, value: number, flags: Flags = {}) => {
    const { isStart = false, isEnd = false, signal = new AbortController().signal } = flags;
    return table.run({ id, isStart, isEnd }, signal, flags.deadlineMs ?? Number.POSITIVE_INFINITY, async (state) => ({
      state: stateOf(sumOf(state) + value),
      result: sumOf(state) + value,
    }));
  };
  return { table, send, done };
}

export const START = { isStart: true };
export const END = { isEnd: true };
export const hostLost = () => new DeepHealthError('DH_MODEL_HOST_LOST', 'The process ended.');
export const codeOf = (sent: Sent) =>
  sent.answer.then(
    () => 'answered',
    (error: DeepHealthError) => error.code,
  );
