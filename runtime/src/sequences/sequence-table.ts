import { DEFAULT_SEQUENCE_IDLE_MS, DeepHealthError, type Manifest } from '@deephealth/sdk';
import { FormerSequences } from './former-sequences.js';
import { initialState, initialStateSizeBytes } from './initial-state.js';
import { nextState } from './next-state.js';
import { Sequence } from './sequence.js';
import { alreadyOpen, checkSequenceId, notOpen, type SequenceEnd, sequenceLimit } from './sequence-errors.js';
import type { SequenceState } from './sequence-state.js';
import { StateMemory } from './state-memory.js';
import type { SequenceAnswer, SequenceItem } from './turn.js';

/** Where an item belongs, as the contract's SequenceContext says. */
export interface SequenceContext {
  readonly id: string;
  readonly isStart: boolean;
  readonly isEnd: boolean;
  /** Tenant of the caller: sequences of others are not there for it, whatever their ids. Absent: none. */
  readonly owner?: string;
}

/** By which a sequence is known among those of all tenants. Ids are printable, so that no two are taken for one. */
export function sequenceKey({ id, owner = '' }: SequenceContext): string {
  return owner === '' ? id : `${owner}\u0000${id}`;
}

export interface SequenceTableOptions {
  readonly manifest: Manifest;
  /** Default: the manifest's, else 60,000. */
  readonly idleTimeoutMs?: number;
  /** Sequences open at the same time; default {@link DEFAULT_SEQUENCE_LIMIT}. */
  readonly limit?: number;
  /** Items of one sequence that wait behind the one under way; default {@link DEFAULT_WAITING_LIMIT}. */
  readonly waitingLimit?: number;
  /** Bytes of all states together; default {@link DEFAULT_STATE_LIMIT_BYTES}. */
  readonly stateLimitBytes?: number;
  /** Sequences that are remembered after their end; default {@link DEFAULT_FORMER_LIMIT}. */
  readonly formerLimit?: number;
  /** What is remembered of sequences before this table, so that those of an unloaded model stay known as lost. */
  readonly former?: FormerSequences;
}

export const DEFAULT_SEQUENCE_LIMIT = 1024;
/** As many items as one stream may leave unanswered. */
export const DEFAULT_WAITING_LIMIT = 64;
export const DEFAULT_STATE_LIMIT_BYTES = 256 * 2 ** 20;
export const DEFAULT_FORMER_LIMIT = 10_000;

/**
 * The sequences of one model version and their states, which live here and not in the model host:
 * a host that dies takes no state with it.
 *
 * One rule holds throughout: an item that names an open sequence and gets no result loses the
 * sequence, and nothing but a new start opens it again.
 */
export class SequenceTable {
  readonly #manifest: Manifest;
  readonly #idleTimeoutMs: number;
  readonly #limit: number;
  readonly #waitingLimit: number;
  readonly #memory: StateMemory;
  readonly #former: FormerSequences;
  readonly #initialSizeBytes: number;
  readonly #open = new Map<string, Sequence>();
  /** Their last item is accepted, so that their ids are free; they hold memory until it is answered. */
  readonly #ending = new Set<Sequence>();
  #initial: SequenceState | undefined;
  #isClosed = false;

  constructor(options: SequenceTableOptions) {
    this.#manifest = options.manifest;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? options.manifest.sequence?.idleTimeoutMs ?? DEFAULT_SEQUENCE_IDLE_MS;
    this.#limit = options.limit ?? DEFAULT_SEQUENCE_LIMIT;
    this.#waitingLimit = options.waitingLimit ?? DEFAULT_WAITING_LIMIT;
    this.#memory = new StateMemory(options.stateLimitBytes ?? DEFAULT_STATE_LIMIT_BYTES);
    this.#former = options.former ?? new FormerSequences(options.formerLimit ?? DEFAULT_FORMER_LIMIT);
    this.#initialSizeBytes = initialStateSizeBytes(options.manifest);
  }

  /** Sequences that hold a state: open ones, and those whose last item is not answered yet. */
  get size(): number {
    return this.#open.size + this.#ending.size;
  }

  /** Bytes of all states. */
  get stateBytes(): number {
    return this.#memory.usedBytes;
  }

  /** True if a sequence of this id takes further items. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** When the last sequence of this id was over, in ms of performance.now(), if that is remembered. */
  endedAtMs(id: string): number | undefined {
    return this.#former.get(id)?.endedAtMs;
  }

  /**
   * Runs one item when its turn comes, with the state that the item before it left. Items are
   * accepted in the order of the calls, before this returns: nothing may be awaited between the
   * arrival of an item and this call. An item that an earlier check refused must come here all the
   * same, with an `item` that rejects; else the next one would run on a state that lacks it.
   *
   * Rejects with what `item` threw (as a DeepHealthError), DH_SEQUENCE_ID_MISSING,
   * DH_PARAMETER_INVALID, DH_SEQUENCE_UNKNOWN, DH_SEQUENCE_OPEN, DH_SEQUENCE_LOST,
   * DH_SEQUENCE_LIMIT, DH_QUEUE_FULL, DH_CANCELLED, DH_DEADLINE_EXCEEDED, DH_MODEL_UNLOADED, or
   * DH_MODEL_OUTPUT_INVALID for a state that the next item could not start from.
   */
  async run<R>(
    context: SequenceContext,
    signal: AbortSignal,
    deadlineMs: number,
    item: SequenceItem<R>,
  ): Promise<SequenceAnswer<R>> {
    checkSequenceId(context.id);
    const { isStart, isEnd } = context;
    const id = sequenceKey(context);
    const sequence = isStart ? this.#start(id) : this.#find(id);
    if (isEnd) {
      this.#open.delete(id);
      this.#ending.add(sequence);
      this.#former.remember(id, { why: 'ended' });
    }
    return (await sequence.add({ isEnd, signal, deadlineMs, item })) as SequenceAnswer<R>;
  }

  /**
   * Loses one open sequence, for an item of it that was refused where it has no turn to fail in.
   *
   * @param because a clause, to follow "the sequence was lost because"
   */
  lose(id: string, because: string): void {
    this.#open.get(id)?.lose(because);
  }

  /** Loses every sequence: the model was replaced, unloaded, or refused. */
  loseAll(because: string): void {
    for (const sequence of [...this.#open.values(), ...this.#ending]) sequence.lose(because);
  }

  /** Loses every sequence and opens none any more. Leaves no timer behind. */
  close(): void {
    this.#isClosed = true;
    this.loseAll('the model version was unloaded');
  }

  #find(id: string): Sequence {
    const sequence = this.#open.get(id);
    if (sequence === undefined) throw notOpen(this.#former.get(id)?.end);
    return sequence;
  }

  #start(id: string): Sequence {
    if (this.#isClosed) throw new DeepHealthError('DH_MODEL_UNLOADED', 'The version was unloaded. Load it first.');
    const open = this.#open.get(id);
    if (open !== undefined) {
      // The items behind the refused start may be on their way already, and belong to it.
      open.lose('a second start of its id came');
      throw alreadyOpen();
    }
    if (this.size >= this.#limit) {
      throw sequenceLimit(
        `${this.#limit} sequences are open, as many as this model may hold. End one, or wait until an idle one times out.`,
        `at most ${this.#limit} open sequences`,
      );
    }
    this.#memory.take(this.#initialSizeBytes);
    this.#initial ??= initialState(this.#manifest);
    const sequence = new Sequence({
      state: this.#initial,
      memory: this.#memory,
      idleTimeoutMs: this.#idleTimeoutMs,
      waitingLimit: this.#waitingLimit,
      toState: (given) => nextState(this.#manifest, given),
      onOver: (end) => this.#onOver(id, sequence, end),
    });
    this.#open.set(id, sequence);
    return sequence;
  }

  #onOver(id: string, sequence: Sequence, end: SequenceEnd): void {
    this.#ending.delete(sequence);
    if (this.#open.get(id) === sequence) this.#open.delete(id);
    // An end is remembered when it is accepted: by now the id may have been another sequence's.
    if (end.why !== 'ended') this.#former.remember(id, end);
  }
}
