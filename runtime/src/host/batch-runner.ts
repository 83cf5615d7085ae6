import { DeepHealthError, type RawTensor, type TensorSpec } from '@deephealth/sdk';
import { joinRows, splitRows, stackRows, takeRows } from './batch-rows.js';
import type { BatchingProof } from './batching-proof.js';
import type { ModelSession, StepTrace } from './model-session.js';
import { monotonicUs } from './monotonic-clock.js';

/** One item that is prepared and waits for the session. */
export interface ReadyItem {
  readonly id: number;
  /** 0 is the most urgent. */
  readonly rank: number;
  readonly deadlineMs: number | null;
  /** True for an item that must not share a run. */
  readonly alone: boolean;
  readonly feeds: Readonly<Record<string, RawTensor>>;
  readonly outputs: readonly TensorSpec[];
}

/** What the session computed for one item. */
export interface ItemRun {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** Monotonic clock, in microseconds, when the run began. */
  readonly startedAtUs: number;
  readonly inferenceUs: number;
  /** Items that shared the run. */
  readonly batchSize: number;
  readonly steps?: readonly StepTrace[];
}

export interface BatchRunnerOptions {
  readonly session: ModelSession;
  /** True if the first axis of every tensor is the batch. */
  readonly batchAxis: boolean;
  readonly batching: BatchingProof;
  /** The items begin to run, together. */
  onStarted(ids: readonly number[]): void;
  /** Called once for each run with the outcome of every item in it, in one go. */
  onFinished(outcomes: readonly ItemOutcome[]): void;
}

export type ItemOutcome =
  | { readonly id: number; readonly run: ItemRun }
  | { readonly id: number; readonly error: unknown };

interface Waiting {
  readonly item: ReadyItem;
  readonly order: number;
  readonly rows: number;
  /** True if its rows may run in the proven sizes. */
  readonly mayShare: boolean;
  /** Items with the same key fit into one run; empty for one that runs by itself. */
  readonly key: string;
}

/**
 * Puts prepared items through the session: the most urgent first, several at once where their
 * results are proven to be the same. Takes what is there and never waits for company.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  readonly #largest: number;
  readonly #waiting: Waiting[] = [];
  #order = 0;
  #running = 0;
  #isScheduled = false;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
    this.#largest = Math.max(...options.batching.servedSizes);
  }

  add(item: ReadyItem): void {
    const rows = this.#options.batchAxis ? rowsOf(item.feeds) : 1;
    const mayShare = !item.alone && this.#largest > 1 && this.#isProven(item);
    this.#waiting.push({ item, order: this.#order++, rows, mayShare, key: mayShare && rows === 1 ? keyOf(item) : '' });
    this.#schedule();
  }

  /** True for an item of the very extents that the proof was made with. */
  #isProven({ feeds }: ReadyItem): boolean {
    const { itemShapes } = this.#options.batching;
    return Object.entries(feeds).every(([name, { shape }]) => {
      const proven = itemShapes[name];
      return proven?.length === shape.length - 1 && proven.every((extent, axis) => extent === shape[axis + 1]);
    });
  }

  /** Takes an item out that has not begun to run; false if it runs or is not known. */
  cancel(id: number): boolean {
    const index = this.#waiting.findIndex(({ item }) => item.id === id);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  // At the end of this turn of the event loop, so that items that arrived together run together.
  #schedule(): void {
    if (this.#isScheduled || this.#running >= this.#options.session.concurrency) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#running < this.#options.session.concurrency && this.#waiting.length > 0) this.#startNext();
    });
  }

  #startNext(): void {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    this.#running += 1;
    this.#options.onStarted(group.map(({ item }) => item.id));
    void this.#run(group).then((outcomes) => {
      this.#running -= 1;
      this.#schedule();
      this.#options.onFinished(outcomes);
    });
  }

  /** The most urgent item, with as many like it as a proven size allows. */
  #takeGroup(): Waiting[] {
    const expired: ItemOutcome[] = [];
    const nowMs = Date.now();
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      const { item } = this.#waiting[index] as Waiting;
      if (item.deadlineMs === null || item.deadlineMs > nowMs) continue;
      this.#waiting.splice(index, 1);
      expired.push({
        id: item.id,
        error: new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.'),
      });
    }
    if (expired.length > 0) this.#options.onFinished(expired);
    this.#waiting.sort((a, b) => a.item.rank - b.item.rank || a.order - b.order);
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const alike = first.key === '' ? [first] : this.#waiting.filter(({ key }) => key === first.key);
    const size = this.#options.batching.servedSizes.findLast((candidate) => candidate <= alike.length) ?? 1;
    const group = alike.slice(0, size);
    for (const taken of group) this.#waiting.splice(this.#waiting.indexOf(taken), 1);
    return group;
  }

  async #run(group: readonly Waiting[]): Promise<ItemOutcome[]> {
    const startedAtUs = monotonicUs();
    try {
      const [only] = group;
      if (group.length === 1 && only !== undefined) {
        const { result, batchSize } = await this.#runRows(only);
        const run = { ...result, startedAtUs, inferenceUs: monotonicUs() - startedAtUs, batchSize };
        return [{ id: only.item.id, run }];
      }
      const outputs = (group[0] as Waiting).item.outputs;
      const { tensors, steps } = await this.#options.session.run(
        joinRows(group.map(({ item }) => item.feeds)),
        outputs,
      );
      const inferenceUs = monotonicUs() - startedAtUs;
      const rows = splitRows(tensors, outputs, group.length);
      return group.map(({ item }, index) => ({
        id: item.id,
        run: {
          tensors: rows[index] as Map<string, RawTensor>,
          startedAtUs,
          inferenceUs,
          batchSize: group.length,
          ...(steps && { steps }),
        },
      }));
    } catch (error) {
      if (group.length === 1) return group.map(({ item }) => ({ id: item.id, error }));
      // One item may have spoilt the run for all: by themselves, only that one fails.
      const outcomes: ItemOutcome[] = [];
      for (const one of group) outcomes.push(...(await this.#run([{ ...one, mayShare: false }])));
      return outcomes;
    }
  }

  /** One request. Its rows run in proven sizes: what a caller puts into one request is not proven either. */
  async #runRows({ item, rows, mayShare }: Waiting): Promise<{
    result: { tensors: ReadonlyMap<string, RawTensor>; steps?: readonly StepTrace[] };
    batchSize: number;
  }> {
    const { session, batching } = this.#options;
    const sizes = mayShare ? batching.servedSizes : [1];
    if (rows <= 1) return { result: await session.run(item.feeds, item.outputs), batchSize: 1 };
    const parts: ReadonlyMap<string, RawTensor>[] = [];
    const steps: StepTrace[] = [];
    let largest = 1;
    for (let start = 0; start < rows; ) {
      const size = sizes.findLast((candidate) => candidate <= rows - start) ?? 1;
      const run = await session.run(takeRows(item.feeds, start, start + size), item.outputs);
      splitRows(run.tensors, item.outputs, size);
      parts.push(run.tensors);
      steps.push(...(run.steps ?? []));
      largest = Math.max(largest, size);
      start += size;
    }
    return {
      result: { tensors: stackRows(parts, item.outputs), ...(steps.length > 0 && { steps }) },
      batchSize: largest,
    };
  }
}

function rowsOf(feeds: Readonly<Record<string, RawTensor>>): number {
  for (const name in feeds) return (feeds[name] as RawTensor).shape[0] ?? 1;
  return 1;
}

function keyOf({ feeds, outputs }: ReadyItem): string {
  let key = '';
  for (const { name } of outputs) key += `${name}\n`;
  for (const name in feeds) key += `${name} ${(feeds[name] as RawTensor).shape.join(',')}\n`;
  return key;
}
