import { DeepHealthError } from '@deephealth/sdk';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import type { SequenceState } from './sequence-state.js';

/** Computes one item from the state before it; `position` counts from 1. The state is only read. */
export type SequenceItem<R> = (
  state: SequenceState,
  position: number,
) => Promise<{ readonly state: SequenceState; readonly result: R }>;

export interface SequenceAnswer<R> {
  readonly result: R;
  /** Place of the item in its sequence, counted from 1. */
  readonly position: number;
}

export interface TurnOptions {
  readonly position: number;
  readonly isEnd: boolean;
  readonly signal: AbortSignal;
  /** Deadline in ms on the monotonic clock; Infinity for none. */
  readonly deadlineMs: number;
  readonly item: SequenceItem<unknown>;
  resolve(answer: SequenceAnswer<unknown>): void;
  reject(error: unknown): void;
}

const MAX_TIMER_MS = 0x7fff_ffff;

/** One item that was accepted into a sequence, from its arrival to its one and only answer. */
export class Turn {
  readonly position: number;
  readonly isEnd: boolean;
  readonly item: SequenceItem<unknown>;
  readonly #options: TurnOptions;
  #forgetCaller: () => void = () => undefined;

  constructor(options: TurnOptions) {
    this.#options = options;
    this.position = options.position;
    this.isEnd = options.isEnd;
    this.item = options.item;
  }

  /**
   * Answers the caller when it leaves or its deadline passes, whether the item waits or runs, and
   * then tells why. Does so at once for a caller that is already gone.
   */
  watch(onLeft: (error: DeepHealthError) => void): void {
    const { signal, deadlineMs } = this.#options;
    const leave = () => {
      const error = signal.aborted && !this.#isExpired() ? cancelled() : expired();
      this.reject(error);
      onLeft(error);
    };
    if (signal.aborted || this.#isExpired()) {
      leave();
      return;
    }
    const delayMs = deadlineMs - monotonicMs();
    // Beyond what a timer can hold nobody waits, and the item is still held to its deadline at the end.
    const timer = delayMs <= MAX_TIMER_MS ? setTimeout(leave, delayMs).unref() : undefined;
    signal.addEventListener('abort', leave, { once: true });
    this.#forgetCaller = () => {
      // Of an unref'ed timer that is cleared, Node keeps the list of its duration until it would have run.
      clearTimeout(timer?.ref());
      signal.removeEventListener('abort', leave);
    };
  }

  /**
   * Throws DH_DEADLINE_EXCEEDED if the deadline has passed, though its timer was not heard yet: the
   * caller has given the item up, and would send it a second time into a state that holds it.
   */
  assertInTime(): void {
    if (this.#isExpired()) throw expired();
  }

  /** Only the first answer reaches the caller. */
  resolve(result: unknown): void {
    this.#forgetCaller();
    this.#options.resolve({ result, position: this.position });
  }

  /** Only the first answer reaches the caller. */
  reject(error: unknown): void {
    this.#forgetCaller();
    this.#options.reject(error);
  }

  #isExpired(): boolean {
    return this.#options.deadlineMs <= monotonicMs();
  }
}

function expired(): DeepHealthError {
  return new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
}

function cancelled(): DeepHealthError {
  return new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
}
