import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import { BatchRunner, type ItemOutcome, type ReadyItem } from '../batch-runner.js';
import { pairs, rowsOf, SessionDouble, tensorOf } from './session-double.js';

export interface FixtureOptions {
  readonly servedSizes?: readonly number[];
  readonly session?: SessionDouble;
  readonly batchAxis?: boolean;
}

/** A runner over one session of `y = x`, FP32 [-1, 2], proven for items of [1, 2]. */
export class RunnerFixture {
  readonly session: SessionDouble;
  readonly runner: BatchRunner;
  readonly started: number[][] = [];
  /** Outcomes in the order in which they came, one list for each message. */
  readonly finished: ItemOutcome[][] = [];
  #nextId = 1;

  constructor({ servedSizes = [1, 2, 4], session = new SessionDouble(), batchAxis = true }: FixtureOptions = {}) {
    this.session = session;
    this.runner = new BatchRunner({
      session,
      batchAxis,
      batching: { provenSize: Math.max(...servedSizes), servedSizes, itemShapes: { x: [2] }, gain: 2, reason: '' },
      onStarted: (ids) => this.started.push([...ids]),
      onFinished: (outcomes) => this.finished.push([...outcomes]),
    });
  }

  /** Adds an item of these rows; its id. */
  add(rows: readonly (readonly number[])[], more: Partial<ReadyItem> = {}): number {
    const id = this.#nextId++;
    this.runner.add({
      id,
      rank: 1,
      deadlineMs: null,
      alone: false,
      feeds: { x: tensorOf(rows) },
      outputs: [pairs('y')],
      ...more,
    });
    return id;
  }

  /** Items of one row, which holds the item's number. */
  addMany(count: number, more: Partial<ReadyItem> = {}): number[] {
    return Array.from({ length: count }, () => this.add([[this.#nextId, 0]], more));
  }

  outcome(id: number): ItemOutcome | undefined {
    return this.finished.flat().find((outcome) => outcome.id === id);
  }

  rows(id: number): number[][] | undefined {
    const outcome = this.outcome(id);
    return outcome !== undefined && 'run' in outcome ? rowsOf(outcome.run.tensors.get('y') as RawTensor) : undefined;
  }

  batchSize(id: number): number | undefined {
    const outcome = this.outcome(id);
    return outcome !== undefined && 'run' in outcome ? outcome.run.batchSize : undefined;
  }

  errorCode(id: number): string | undefined {
    const outcome = this.outcome(id);
    return outcome !== undefined && 'error' in outcome ? DeepHealthError.from(outcome.error).code : undefined;
  }

  /** Every item has its outcome. */
  async rest(): Promise<void> {
    for (let turns = 0; this.finished.flat().length < this.#nextId - 1; turns++) {
      if (turns > 1000) throw new Error('the runner never comes to rest');
      await settle();
    }
  }

  /** Ends the run that is under way in a held session. */
  async endRun(): Promise<void> {
    this.session.runs.at(-1)?.end();
    await settle();
  }
}

export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

export const held = (options: FixtureOptions = {}) =>
  new RunnerFixture({ ...options, session: new SessionDouble({ isHeld: true }) });
