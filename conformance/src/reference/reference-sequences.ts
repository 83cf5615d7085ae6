import { DeepHealthError, type RawTensor } from '@deephealth/sdk';

type State = Readonly<Record<string, RawTensor>>;

/** One sequence of a model: its items one after the other, each on the state that the one before left. */
export interface OpenSequence {
  state: State;
  /** Items that were accepted. */
  position: number;
  isLost: boolean;
  /** Settles when the last item that was accepted is done. */
  turn: Promise<unknown>;
}

export interface SequenceItem {
  readonly sequenceId: string;
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

/** The sequences of one model. An item that gets no result loses its sequence, until it starts anew. */
export class ReferenceSequences {
  readonly #open = new Map<string, OpenSequence>();
  readonly #lost = new Set<string>();

  /**
   * The sequence that an item belongs to. Throws DH_SEQUENCE_ID_MISSING, DH_SEQUENCE_UNKNOWN,
   * DH_SEQUENCE_LOST or, for a second start, DH_SEQUENCE_OPEN.
   */
  enter({ sequenceId, isStart, isEnd }: SequenceItem, initial: State): OpenSequence {
    if (sequenceId === '') throw new DeepHealthError('DH_SEQUENCE_ID_MISSING', 'The item names no sequence.');
    const open = this.#open.get(sequenceId);
    if (isStart && open !== undefined) {
      this.lose(sequenceId);
      throw new DeepHealthError('DH_SEQUENCE_OPEN', 'A sequence of this id was open already; it is lost.');
    }
    if (!isStart && open === undefined) throw this.#notOpen(sequenceId);
    const sequence = open ?? { state: initial, position: 0, isLost: false, turn: Promise.resolve() };
    this.#lost.delete(sequenceId);
    this.#open.set(sequenceId, sequence);
    sequence.position += 1;
    if (isEnd) this.#open.delete(sequenceId);
    return sequence;
  }

  /** @param which does nothing if another sequence has the id by now */
  lose(sequenceId: string, which = this.#open.get(sequenceId)): void {
    if (which === undefined) return;
    which.isLost = true;
    if (this.#open.get(sequenceId) !== which) return;
    this.#open.delete(sequenceId);
    this.#lost.add(sequenceId);
  }

  /** The model was unloaded: its states are gone. */
  loseAll(): void {
    for (const sequenceId of [...this.#open.keys()]) this.lose(sequenceId);
  }

  #notOpen(sequenceId: string): DeepHealthError {
    if (this.#lost.has(sequenceId)) return sequenceLost();
    return new DeepHealthError('DH_SEQUENCE_UNKNOWN', 'No sequence of this id is open.');
  }
}

export function sequenceLost(): DeepHealthError {
  return new DeepHealthError('DH_SEQUENCE_LOST', 'An earlier item of the sequence got no result.');
}
