import type { Manifest } from '@deephealth/sdk';
import type { InferenceResult, PredictionResult } from '../host/host-messages.js';
import { FormerSequences } from '../sequences/former-sequences.js';
import {
  DEFAULT_FORMER_LIMIT,
  DEFAULT_WAITING_LIMIT,
  type SequenceContext,
  SequenceTable,
  sequenceKey,
} from '../sequences/sequence-table.js';
import type { ModelLimits } from './model-limits.js';
import type { RunLane } from './run-lane.js';
import type { RunOutcome, Work } from './run-request.js';
import { statelessModel } from './version-errors.js';

export interface ModelWork extends Work {
  /** For a model that keeps state. */
  readonly sequence?: SequenceContext | undefined;
}

export interface ModelOutcome<R = PredictionResult | InferenceResult> extends RunOutcome<R> {
  /** Sequence of the item and its place in it, from 1. */
  readonly sequence?: { readonly id: string; readonly position: number };
}

/** The version whose requests these are. */
interface ServingModel {
  readonly name: string;
  readonly version: string;
  /** Throws the error that a request gets now, if it cannot be served. */
  assertServing(): void;
  /** Throws DH_MODEL_SUSPENDED while nobody may be answered. */
  assertNotSuspended(): void;
}

const NO_SEQUENCE: SequenceContext = { id: '', isStart: false, isEnd: false };

/** Requests of one version on their way to its lane; those of a model that keeps state through their sequences. */
export class SequencedRuns {
  readonly #model: ServingModel;
  readonly #lane: RunLane;
  readonly #limits: ModelLimits;
  /** Outlives the tables: a sequence that an unload has ended is lost, not unknown. */
  readonly #former = new FormerSequences(DEFAULT_FORMER_LIMIT);
  #table: SequenceTable | undefined;

  constructor(model: ServingModel, lane: RunLane, limits: ModelLimits) {
    this.#model = model;
    this.#lane = lane;
    this.#limits = limits;
  }

  /** Sequences that are open; undefined for a model that keeps no state. */
  get table(): SequenceTable | undefined {
    return this.#table;
  }

  /** Begins anew: states of other weights mean nothing to these. */
  open(manifest: Manifest): void {
    this.close();
    this.#table =
      manifest.sequence &&
      new SequenceTable({
        manifest,
        former: this.#former,
        limit: this.#limits.maxSequences,
        waitingLimit: Math.max(DEFAULT_WAITING_LIMIT, this.#limits.maxQueueLength),
      });
  }

  close(): void {
    this.#table?.close();
    this.#table = undefined;
  }

  /** Runs one item when its turn comes. Rejects with a DeepHealthError. */
  async run<R extends PredictionResult | InferenceResult>(work: ModelWork): Promise<ModelOutcome<R>> {
    this.#model.assertServing();
    try {
      return await this.#run<R>(work);
    } finally {
      // Whatever became of it: from the moment of a suspension on, that is the answer.
      this.#model.assertNotSuspended();
    }
  }

  async #run<R extends PredictionResult | InferenceResult>(work: ModelWork): Promise<ModelOutcome<R>> {
    const context = work.sequence;
    if (this.#table === undefined) {
      if (context !== undefined) throw statelessModel(this.#model);
      return (await this.#lane.run(work)) as ModelOutcome<R>;
    }
    const { sequence: _, ...item } = work;
    const { signal, deadlineMs } = work;
    const { result } = await this.#table.run(context ?? NO_SEQUENCE, signal, deadlineMs, async (state, position) => {
      this.#model.assertNotSuspended();
      const outcome = await this.#lane.run({ ...item, payload: { ...item.payload, state } });
      const sequence = { id: context?.id ?? '', position };
      return { state: outcome.state ?? {}, result: { ...outcome, sequence } };
    });
    return result as ModelOutcome<R>;
  }

  /** Rejects with the refusal, which takes the turn of its item in an open sequence. */
  async refuse({ sequence, signal, deadlineMs }: Omit<ModelWork, 'payload'>, refusal: unknown): Promise<never> {
    if (this.#table !== undefined && sequence !== undefined && this.#table.has(sequenceKey(sequence))) {
      await this.#table.run(sequence, signal, deadlineMs, () => Promise.reject(refusal));
    }
    throw refusal;
  }
}
