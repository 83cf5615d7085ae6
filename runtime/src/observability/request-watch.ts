import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import type { RunTimings } from '../host/host-messages.js';
import type { Priority } from '../lifecycle/priority.js';
import type { ObservedModel } from '../lifecycle/run-observer.js';
import { NO_TRACING, type RequestSpan, type TraceCarrier, type TracedCall, type Tracing } from './tracing.js';

export interface RequestWatchOptions {
  readonly tracing: Tracing;
  /** A request was refused before it was queued, so that no observer of runs hears of it. */
  onRefused(model: ObservedModel | undefined, priority: Priority, code: ErrorCode): void;
}

/** For servers without metrics and traces. */
export const UNWATCHED: RequestWatchOptions = { tracing: NO_TRACING, onRefused: () => undefined };

interface RunFigures {
  readonly queueUs?: number;
  readonly timings?: RunTimings;
  readonly batchSize: number;
}

/** Follows one request from its arrival to its answer, for traces and for the count of refusals. */
export class RequestWatch {
  readonly #options: RequestWatchOptions;
  readonly #span: RequestSpan;
  readonly #startedMs = performance.now();
  #model: ObservedModel | undefined;
  #packageSha256: string | undefined;
  #priority: Priority = 'ROUTINE';
  #isQueued = false;

  private constructor(options: RequestWatchOptions, call: TracedCall, header: TraceCarrier | undefined) {
    this.#options = options;
    this.#span = options.tracing.startRequest(call, header ?? (() => undefined));
  }

  /**
   * Answers a request, and tells how it ended.
   *
   * @param header looks up what the caller sent along, for the context of its trace
   */
  static async answer<Response>(
    options: RequestWatchOptions,
    call: TracedCall,
    header: TraceCarrier | undefined,
    handle: (watch: RequestWatch) => Promise<Response>,
  ): Promise<Response> {
    const watch = new RequestWatch(options, call, header);
    try {
      return await handle(watch);
    } catch (thrown) {
      watch.#fail(DeepHealthError.from(thrown).code);
      throw thrown;
    }
  }

  /** The version that the request is for, once it is known. */
  isFor(model: ObservedModel, packageSha256: string): void {
    this.#model = model;
    this.#packageSha256 = packageSha256;
  }

  hasPriority(priority: Priority): void {
    this.#priority = priority;
  }

  /** From now on, the observers of runs hear how it ends. */
  readonly onQueued = (): void => {
    this.#isQueued = true;
  };

  /** A result is there; the answer is written next. */
  ran(figures: RunFigures): void {
    this.#end(undefined, figures);
  }

  #fail(code: ErrorCode): void {
    if (!this.#isQueued) this.#options.onRefused(this.#model, this.#priority, code);
    this.#end(code, { batchSize: 0 });
  }

  #end(code: ErrorCode | undefined, { queueUs = 0, timings, batchSize }: RunFigures): void {
    this.#span.end({
      model: this.#model,
      packageSha256: this.#packageSha256,
      priority: this.#priority,
      code,
      totalUs: (performance.now() - this.#startedMs) * 1000,
      queueUs,
      timings,
      batchSize,
    });
  }
}
