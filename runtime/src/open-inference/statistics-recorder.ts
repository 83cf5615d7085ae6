import type { Priority } from '../lifecycle/priority.js';
import type { FinishedRequest, HostReplacement, ObservedModel, RunObserver } from '../lifecycle/run-observer.js';

/** How often something took time, and how much altogether. */
export interface CountedDuration {
  readonly count: number;
  readonly us: number;
}

export interface VersionStatistics {
  /** Ms since the epoch when the last request was answered; 0 for none. */
  readonly lastInferenceMs: number;
  /** Rows of the requests that were answered with a result: a request with a batch of 64 counts 64. */
  readonly inferenceCount: number;
  /** Runs of the graph, whatever the number of requests in them. */
  readonly executionCount: number;
  readonly success: CountedDuration;
  readonly fail: CountedDuration;
  /** This one and the following are of requests that were answered with a result. */
  readonly queue: CountedDuration;
  readonly computeInput: CountedDuration;
  readonly computeInfer: CountedDuration;
  readonly computeOutput: CountedDuration;
  /** By the number of requests that shared a run, ascending. */
  readonly batches: readonly BatchStatistics[];
}

export interface BatchStatistics {
  readonly batchSize: number;
  /** Per request. */
  readonly computeInput: CountedDuration;
  /** Per run. */
  readonly computeInfer: CountedDuration;
  /** Per request. */
  readonly computeOutput: CountedDuration;
}

/** Adds up what ModelStatistics reports, for every version since it was found. */
export class StatisticsRecorder implements RunObserver {
  readonly #versions = new Map<string, Recorded>();
  readonly #now: () => number;

  /** @param now clock in ms since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** What was counted for a version; all zero if nothing was. */
  of(model: ObservedModel): VersionStatistics {
    const recorded = this.#versions.get(keyOf(model)) ?? new Recorded();
    const {
      lastInferenceMs,
      inferenceCount,
      executionCount,
      success,
      fail,
      queue,
      computeInput,
      computeInfer,
      computeOutput,
    } = recorded;
    const batches = [...recorded.batches].sort(([a], [b]) => a - b);
    return {
      lastInferenceMs,
      inferenceCount,
      executionCount,
      success: { ...success },
      fail: { ...fail },
      queue: { ...queue },
      computeInput: { ...computeInput },
      computeInfer: { ...computeInfer },
      computeOutput: { ...computeOutput },
      batches: batches.map(([batchSize, batch]) => ({
        batchSize,
        computeInput: { ...batch.computeInput },
        computeInfer: { ...batch.computeInfer },
        computeOutput: { ...batch.computeOutput },
      })),
    };
  }

  onQueued(_model: ObservedModel, _priority: Priority): void {
    // A request counts when it is answered.
  }

  onFinished(model: ObservedModel, request: FinishedRequest): void {
    const recorded = this.#recorded(model);
    recorded.lastInferenceMs = this.#now();
    if (request.code !== undefined) {
      add(recorded.fail, request.totalUs);
      return;
    }
    recorded.inferenceCount += request.rows ?? 1;
    add(recorded.success, request.totalUs);
    add(recorded.queue, request.queueUs);
    const timings = request.timings ?? { preprocessUs: 0, inferenceUs: 0, postprocessUs: 0 };
    add(recorded.computeInput, timings.preprocessUs);
    add(recorded.computeInfer, timings.inferenceUs);
    add(recorded.computeOutput, timings.postprocessUs);
    const batch = recorded.batch(request.batchSize);
    add(batch.computeInput, timings.preprocessUs);
    add(batch.computeOutput, timings.postprocessUs);
  }

  onExecution(model: ObservedModel, batchSize: number, inferenceUs: number): void {
    const recorded = this.#recorded(model);
    recorded.executionCount += 1;
    add(recorded.batch(batchSize).computeInfer, inferenceUs);
  }

  onHostReplaced(_model: ObservedModel, _why: HostReplacement): void {
    // The protocol has no place for it.
  }

  /** For a version that was removed: another one of its name begins at zero. */
  forget(model: ObservedModel): void {
    this.#versions.delete(keyOf(model));
  }

  #recorded(model: ObservedModel): Recorded {
    const key = keyOf(model);
    const recorded = this.#versions.get(key) ?? new Recorded();
    this.#versions.set(key, recorded);
    return recorded;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Batch = Omit<BatchStatistics, 'batchSize'>;

class Recorded {
  lastInferenceMs = 0;
  inferenceCount = 0;
  executionCount = 0;
  readonly success = zero();
  readonly fail = zero();
  readonly queue = zero();
  readonly computeInput = zero();
  readonly computeInfer = zero();
  readonly computeOutput = zero();
  readonly batches = new Map<number, Batch>();

  batch(size: number): Batch {
    const batch = this.batches.get(size) ?? { computeInput: zero(), computeInfer: zero(), computeOutput: zero() };
    this.batches.set(size, batch);
    return batch;
  }
}

function zero(): Mutable<CountedDuration> {
  return { count: 0, us: 0 };
}

function add(duration: Mutable<CountedDuration>, us: number): void {
  duration.count += 1;
  duration.us += us;
}

/** A slash is in no model name. */
function keyOf({ name, version }: ObservedModel): string {
  return `${name}/${version}`;
}
