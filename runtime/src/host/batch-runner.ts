import { DeepHealthError, type RawTensor, type TensorSpec } from '@deephealth/sdk';
import { joinRows, splitRows, stackRows, takeRows } from './batch-rows.js';
import type { BatchingProof } from './batching-proof.js';
import type { ModelSession, SessionRun, StagedInputs, StepTrace } from './model-session.js';
import { monotonicUs } from './monotonic-clock.js';
import { RunControl } from './run-control.js';

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
  /** Rows of the item itself; left out for one. */
  readonly rows?: number;
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
  /** Inputs that are with the session already; for an item that runs by itself. */
  readonly staged: StagedInputs | undefined;
}

interface Running {
  readonly control: RunControl;
  /** Items whose callers have left. */
  readonly left: Set<number>;
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
  /** Groups that run or are with the session to run next, in the order in which they began. */
  readonly #running = new Map<readonly Waiting[], Running>();
  #isScheduled = false;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
    this.#largest = Math.max(...options.batching.servedSizes);
  }

  add(item: ReadyItem): void {
    const rows = this.#options.batchAxis ? rowsOf(item.feeds) : 1;
    const mayShare = !item.alone && this.#largest > 1 && this.#isProven(item);
    const key = mayShare && rows === 1 ? keyOf(item) : '';
    const staged = key === '' && rows <= 1 ? this.#options.session.stage?.(item.feeds) : undefined;
    this.#waiting.push({ item, order: this.#order++, rows, mayShare, key, staged });
    this.#giveWay(item);
    this.#schedule();
  }

  /** Takes back what is to run next, if it has not begun and the item is more urgent. */
  #giveWay({ rank }: ReadyItem): void {
    const next = this.#behind;
    if (next !== undefined && next.item.rank > rank && this.#revoke(next)) this.#waiting.push(next);
  }

  /** The one that is with the session to run after those under way. */
  get #behind(): Waiting | undefined {
    if (this.#running.size <= this.#options.session.concurrency) return undefined;
    return [...this.#running.keys()].at(-1)?.[0];
  }

  #revoke(item: Waiting): boolean {
    if (item.staged?.revoke() !== true) return false;
    for (const group of this.#running.keys()) if (group[0] === item) this.#running.delete(group);
    return true;
  }

  /** True for an item of the very extents that the proof was made with. */
  #isProven({ feeds }: ReadyItem): boolean {
    const { itemShapes } = this.#options.batching;
    return Object.entries(feeds).every(([name, { shape }]) => {
      const proven = itemShapes[name];
      return proven?.length === shape.length - 1 && proven.every((extent, axis) => extent === shape[axis + 1]);
    });
  }

  /**
   * Takes an item out that has not begun to run; false if it runs or is not known. A run that nobody
   * is left for is stopped, where the session can; its items then fail with DH_CANCELLED.
   */
  cancel(id: number): boolean {
    const behind = this.#behind;
    if (behind?.item.id === id && this.#revoke(behind)) {
      behind.staged?.drop();
      this.#startAll();
      return true;
    }
    const index = this.#waiting.findIndex(({ item }) => item.id === id);
    if (index < 0) {
      this.#leaveRun(id);
      return false;
    }
    this.#waiting[index]?.staged?.drop();
    this.#waiting.splice(index, 1);
    return true;
  }

  #leaveRun(id: number): void {
    for (const [group, { control, left }] of this.#running) {
      if (!group.some(({ item }) => item.id === id)) continue;
      left.add(id);
      if (left.size === group.length) control.stop();
    }
  }

  // At the end of this turn of the event loop, so that items that arrived together run together.
  #schedule(): void {
    if (this.#isScheduled || !this.#mayStart()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#startAll();
    });
  }

  #startAll(): void {
    while (this.#mayStart()) this.#startNext();
  }

  /**
   * One group more than the session runs is handed over where its inputs are there already, so that
   * the session never waits for this thread between two runs.
   */
  #mayStart(): boolean {
    const free = this.#options.session.concurrency - this.#running.size;
    if (this.#waiting.length === 0 || free < 0) return false;
    const running = [...this.#running.keys()].flat();
    if (running.some(({ item }) => item.alone)) return false;
    if (free > 0) return running.length === 0 || !this.#next().item.alone;
    return running.every(isHandedOver) && isHandedOver(this.#next());
  }

  #next(): Waiting {
    return this.#waiting.reduce((first, other) => (isBefore(other, first) ? other : first));
  }

  #startNext(): void {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    const control = new RunControl();
    this.#running.set(group, { control, left: new Set() });
    this.#options.onStarted(group.map(({ item }) => item.id));
    void this.#run(group, control).then((outcomes) => {
      this.#running.delete(group);
      // Results leave first: a run that ends the process must not take those of another with it.
      this.#options.onFinished(outcomes);
      if (this.#waiting[0]?.staged !== undefined) this.#startAll();
      else this.#schedule();
    });
  }

  /** The most urgent item, with as many like it as a proven size allows. */
  #takeGroup(): Waiting[] {
    const expired: ItemOutcome[] = [];
    const nowMs = monotonicUs() / 1000;
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      const { item, staged } = this.#waiting[index] as Waiting;
      if (item.deadlineMs === null || item.deadlineMs > nowMs) continue;
      staged?.drop();
      this.#waiting.splice(index, 1);
      expired.push({
        id: item.id,
        error: new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.'),
      });
    }
    if (expired.length > 0) this.#options.onFinished(expired);
    this.#waiting.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const alike = first.key === '' ? [first] : this.#waiting.filter(({ key }) => key === first.key);
    const size = this.#options.batching.servedSizes.findLast((candidate) => candidate <= alike.length) ?? 1;
    const group = alike.slice(0, size);
    for (const taken of group) this.#waiting.splice(this.#waiting.indexOf(taken), 1);
    return group;
  }

  async #run(group: readonly Waiting[], control: RunControl): Promise<ItemOutcome[]> {
    const startedAtUs = monotonicUs();
    try {
      const [only] = group;
      if (group.length === 1 && only !== undefined) {
        const { result, batchSize } = await this.#runRows(only, control);
        const { timing = { startedAtUs, inferenceUs: monotonicUs() - startedAtUs }, ...rest } = result;
        const rows = only.rows > 1 ? { rows: only.rows } : undefined;
        return [{ id: only.item.id, run: { ...rest, ...timing, batchSize, ...rows } }];
      }
      const outputs = (group[0] as Waiting).item.outputs;
      const { tensors, steps } = await this.#options.session.run(
        joinRows(group.map(({ item }) => item.feeds)),
        outputs,
        control,
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
      if (group.length === 1 || control.isStopped) return group.map(({ item }) => ({ id: item.id, error }));
      // One item may have spoilt the run for all: by themselves, only that one fails.
      const outcomes: ItemOutcome[] = [];
      for (const one of group) outcomes.push(...(await this.#run([{ ...one, mayShare: false }], control)));
      return outcomes;
    }
  }

  /** One request. Its rows run in proven sizes: what a caller puts into one request is not proven either. */
  async #runRows(
    { item, rows, mayShare, staged }: Waiting,
    control: RunControl,
  ): Promise<{ result: SessionRun; batchSize: number }> {
    if (staged !== undefined) return { result: await staged.run(item.outputs, item, control), batchSize: 1 };
    const { session, batching } = this.#options;
    const sizes = mayShare ? batching.servedSizes : [1];
    if (rows <= 1) return { result: await session.run(item.feeds, item.outputs, control), batchSize: 1 };
    const parts: ReadonlyMap<string, RawTensor>[] = [];
    const steps = new Map<string, StepTrace>();
    let largest = 1;
    for (let start = 0; start < rows; ) {
      const size = sizes.findLast((candidate) => candidate <= rows - start) ?? 1;
      if (control.isStopped) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
      const run = await session.run(takeRows(item.feeds, start, start + size), item.outputs, control);
      splitRows(run.tensors, item.outputs, size);
      parts.push(run.tensors);
      for (const step of run.steps ?? []) {
        const before = steps.get(step.name)?.durationUs ?? 0;
        steps.set(step.name, { ...step, durationUs: before + step.durationUs });
      }
      largest = Math.max(largest, size);
      start += size;
    }
    return {
      result: { tensors: stackRows(parts, item.outputs), ...(steps.size > 0 && { steps: [...steps.values()] }) },
      batchSize: largest,
    };
  }
}

/** True for an item whose inputs are with the session, and which may stand behind another one there. */
function isHandedOver({ item, staged }: Waiting): boolean {
  return staged !== undefined && !item.alone;
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.item.rank === b.item.rank ? a.order < b.order : a.item.rank < b.item.rank;
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
