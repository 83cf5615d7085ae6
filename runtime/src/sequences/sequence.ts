import { DeepHealthError } from '@deephealth/sdk';
import { type SequenceEnd, sequenceLost } from './sequence-errors.js';
import { type SequenceState, stateSizeBytes } from './sequence-state.js';
import type { StateMemory } from './state-memory.js';
import { type SequenceAnswer, Turn, type TurnOptions } from './turn.js';

export interface SequenceOptions {
  /** State before the first item. */
  readonly state: SequenceState;
  /** Holds the bytes of `state` already; the sequence gives back what it has at its end. */
  readonly memory: StateMemory;
  readonly idleTimeoutMs: number;
  /** Items that may wait behind the one under way. */
  readonly waitingLimit: number;
  /** Checks and copies what an item gave. Throws DH_MODEL_OUTPUT_INVALID. */
  toState(given: SequenceState): SequenceState;
  /** Called once. An item may still be under way then; its answer no longer matters to others. */
  onOver(end: SequenceEnd): void;
}

/**
 * The items of one sequence, strictly one after another in the order of {@link add}. An item that
 * gets no result, for whatever reason, loses the sequence: no later item ever runs on a state that
 * lacks it.
 */
export class Sequence {
  readonly #options: SequenceOptions;
  /** The first one is under way. */
  readonly #turns: Turn[] = [];
  #state: SequenceState;
  #stateBytes: number;
  #accepted = 0;
  #isOver = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: SequenceOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#stateBytes = stateSizeBytes(options.state);
  }

  /** Rejects with what the item threw, DH_CANCELLED, DH_DEADLINE_EXCEEDED, DH_QUEUE_FULL or DH_SEQUENCE_LOST. */
  add(request: Pick<TurnOptions, 'isEnd' | 'signal' | 'deadlineMs' | 'item'>): Promise<SequenceAnswer<unknown>> {
    return new Promise((resolve, reject) => {
      clearTimeout(this.#idleTimer);
      this.#accepted += 1;
      const turn = new Turn({ ...request, position: this.#accepted, resolve, reject });
      turn.watch((error) => this.#loseBy(turn, error));
      if (this.#isOver) return;
      if (this.#turns.length > this.#options.waitingLimit) {
        this.#fail(turn, queueFull(this.#options.waitingLimit));
        return;
      }
      this.#turns.push(turn);
      if (this.#turns.length === 1) void this.#run(turn);
    });
  }

  /**
   * Ends the sequence without its last item: what waits is rejected with DH_SEQUENCE_LOST. An item
   * under way keeps its answer, since its state lacks nothing.
   *
   * @param because a clause, to follow "the sequence was lost because"
   */
  lose(because: string): void {
    if (this.#isOver) return;
    const waiting = this.#turns.slice(1);
    this.#over({ why: 'lost', because });
    for (const turn of waiting) turn.reject(sequenceLost(because));
  }

  async #run(turn: Turn): Promise<void> {
    let answer: unknown;
    try {
      const { state, result } = await turn.item(this.#state, turn.position);
      const next = this.#options.toState(state);
      turn.assertInTime();
      if (!this.#isOver && !turn.isEnd) this.#keep(next);
      answer = result;
    } catch (thrown) {
      this.#fail(turn, DeepHealthError.from(thrown));
      return;
    }
    turn.resolve(answer);
    if (!this.#isOver) this.#advance(turn);
  }

  #keep(next: SequenceState): void {
    const bytes = stateSizeBytes(next);
    this.#options.memory.take(bytes - this.#stateBytes);
    this.#state = next;
    this.#stateBytes = bytes;
  }

  #advance(answered: Turn): void {
    this.#turns.shift();
    if (answered.isEnd) {
      this.#over({ why: 'ended' });
      return;
    }
    const [next] = this.#turns;
    if (next !== undefined) {
      void this.#run(next);
      return;
    }
    const { idleTimeoutMs } = this.#options;
    this.#idleTimer = setTimeout(() => this.#over({ why: 'idle', idleTimeoutMs }), idleTimeoutMs).unref();
  }

  #fail(turn: Turn, error: DeepHealthError): void {
    turn.reject(error);
    this.#loseBy(turn, error);
  }

  #loseBy(turn: Turn, { reason }: DeepHealthError): void {
    this.lose(`its item ${turn.position} got no result (${reason})`);
  }

  #over(end: SequenceEnd): void {
    this.#isOver = true;
    clearTimeout(this.#idleTimer);
    this.#options.memory.take(-this.#stateBytes);
    this.#stateBytes = 0;
    this.#state = {};
    this.#turns.length = 0;
    this.#options.onOver(end);
  }
}

function queueFull(limit: number): DeepHealthError {
  return new DeepHealthError('DH_QUEUE_FULL', `${limit} items of this sequence already wait. Wait for results first.`, {
    details: { expected: `at most ${limit} waiting` },
  });
}
